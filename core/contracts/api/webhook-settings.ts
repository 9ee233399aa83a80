import * as z from 'zod';
import { SessionIdSchema } from '../../domain/ids.ts';
import { DEFAULT_EVENT_TYPES, EventTypeSchema } from '../event.ts';
import { CHAT_KINDS, DIRECTIONS, ORDERINGS } from '../rows/endpoint-row.ts';

const LONGEST_NAME = 100;
/** Header fields of one webhook; KMS encrypts at most 4 KB of them together. */
const MOST_HEADERS = 20;
const LONGEST_HEADER_VALUE = 1024;
const MOST_HEADER_BYTES = 4096;
const LONGEST_VERIFY_TOKEN = 256;
/** Webhooks.md 3.2: an event may be tried for at most 72 h. */
const LONGEST_AGE_S = 72 * 3600;
const MOST_ATTEMPTS = 50;
const LONGEST_FIRST_DELAY_S = 3600;
/** Webhooks.md 3.2: Standard Webhooks' upper bound. */
const LONGEST_TIMEOUT_S = 30;
const MOST_PER_SECOND = 1000;
const MOST_BURST = 10_000;

/** What a shown value of a header is replaced by; sent back, it means: leave this one as it is. */
export const MASKED = '********';

/** RFC 9110: token. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
const HEADER_VALUE = /^[\t\u0020-\u007e]*$/;
/** Ours, or the connection's own. */
const FORBIDDEN_HEADERS =
  /^(host|content-(length|type|encoding)|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|date|user-agent|proxy-.*|webhook-.*|x-hub-.*)$/i;

const HeadersSchema = z
  .record(
    z.string(),
    z
      .string()
      .max(LONGEST_HEADER_VALUE)
      .regex(HEADER_VALUE, 'must be printable ASCII')
      .transform((value) => value.trim()),
  )
  .superRefine((headers, context) => {
    const refuse = (message: string, name?: string) =>
      context.addIssue({ code: 'custom', message, path: name === undefined ? [] : [name] });
    const names = Object.keys(headers);
    const seen = new Set<string>();
    for (const name of names) {
      if (!HEADER_NAME.test(name)) refuse('is no name of a header: letters, digits and hyphens', name);
      if (FORBIDDEN_HEADERS.test(name)) refuse('is set by Pombo itself or by the connection', name);
      if (seen.has(name.toLowerCase())) refuse('is there twice, in different case', name);
      seen.add(name.toLowerCase());
    }
    if (names.length > MOST_HEADERS) refuse(`must have at most ${MOST_HEADERS} headers`);
    if (JSON.stringify(headers).length > MOST_HEADER_BYTES)
      refuse(`must have at most ${MOST_HEADER_BYTES} bytes together`);
  });

const RateSchema = z.object({
  per_second: z.number().gt(0).max(MOST_PER_SECOND),
  burst: z.number().int().min(1).max(MOST_BURST).nullish().meta({ description: 'Twice per_second if left out' }),
});

const RetrySchema = z.object({
  max_attempts: z
    .number()
    .int()
    .min(1)
    .max(MOST_ATTEMPTS)
    .nullish()
    .meta({ description: 'The first one included; 1 means no retry' }),
  first_delay_seconds: z.number().min(0).max(LONGEST_FIRST_DELAY_S).nullish(),
  max_age_seconds: z
    .number()
    .int()
    .min(0)
    .max(LONGEST_AGE_S)
    .nullish()
    .meta({ description: 'Nobody tries later than this after the first attempt; at most 72 h' }),
});

const UrlSchema = z
  .string()
  .min(1)
  .meta({ description: 'http(s), reachable from the internet', example: 'https://example.com/webhook' });

/** Everything that a webhook's owner can set beside its URL. `null` means the default. */
const SETTINGS = {
  name: z.string().trim().min(1).max(LONGEST_NAME).nullish().meta({ description: 'For people to recognize it by' }),
  session: SessionIdSchema.nullish().meta({
    description: 'Only events of this session; all of the account if left out',
  }),
  events: z
    .array(EventTypeSchema)
    .min(1)
    .nullish()
    .meta({ description: `Kinds of events; these if left out: ${DEFAULT_EVENT_TYPES.join(', ')}` }),
  direction: z
    .enum(DIRECTIONS)
    .nullish()
    .meta({ description: 'Only what came in, or what became of what went out; both if left out' }),
  chats: z.enum(CHAT_KINDS).nullish().meta({ description: 'Only chats with one person, or groups; both if left out' }),
  ordering: z.enum(ORDERINGS).nullish().meta({
    description:
      'strict: nothing of a chat passes a failed event of it; overtake: each event by itself. Strict for messages and overtake for all else if left out',
  }),
  headers: HeadersSchema.nullish().meta({
    description: `Go with each request. Kept encrypted and shown masked; ${MASKED} in a change leaves that one as it is`,
    example: { Authorization: 'Bearer my-own-token' },
  }),
  rate: RateSchema.nullish().meta({ description: '50 a second with a burst of 100 if left out' }),
  retry: RetrySchema.nullish().meta({ description: 'The schedule of docs/webhooks.md if left out' }),
  timeout_seconds: z
    .number()
    .min(1)
    .max(LONGEST_TIMEOUT_S)
    .nullish()
    .meta({ description: 'For one attempt, the whole answer included; 15 if left out' }),
  failure_url: UrlSchema.nullish().meta({ description: 'Hears of each event that nobody tries any more' }),
  payload_version: z.literal(1).nullish().meta({ description: 'Version of the body' }),
  enabled: z.boolean().nullish().meta({ description: 'false: nothing is sent until it is true again' }),
  verify: z.boolean().nullish().meta({
    description: 'Ask the receiver first, as Meta does: GET with hub.mode, hub.challenge and hub.verify_token',
  }),
  verify_token: z.string().min(1).max(LONGEST_VERIFY_TOKEN).nullish().meta({ description: 'Goes with verify' }),
} as const;

/** Body of `POST /webhooks`. */
export const CreateWebhookRequestSchema = z
  .object({ url: UrlSchema, ...SETTINGS })
  .meta({ id: 'CreateWebhookRequest' });
/** Body of `PATCH /webhooks/{id}`: what is named changes, `null` goes back to the default. */
export const ChangeWebhookRequestSchema = z
  .object({ url: UrlSchema.optional(), ...SETTINGS })
  .meta({ id: 'ChangeWebhookRequest' });
export type WebhookSettings = z.infer<typeof ChangeWebhookRequestSchema>;

/** Longest that an old secret stays valid, seconds: 7 days (webhooks.md 3.6). */
const LONGEST_GRACE_S = 7 * 24 * 3600;
/** A day is enough to put a new secret into every receiver. */
export const DEFAULT_GRACE_S = 24 * 3600;

/** Body of `POST /webhooks/{id}/rotate-secret`; may be left out. */
export const RotateSecretRequestSchema = z
  .object({
    grace_seconds: z
      .number()
      .int()
      .min(0)
      .max(LONGEST_GRACE_S)
      .nullish()
      .meta({
        description: `How long the old secret stays valid: ${DEFAULT_GRACE_S} if left out, 0 revokes it at once`,
      }),
    restart: z
      .boolean()
      .nullish()
      .meta({ description: 'Replace the new secret of a rotation that is going on: it was lost, or seen by others' }),
  })
  .meta({ id: 'RotateSecretRequest' });

/** Body of `POST /webhooks/{id}/verify`. */
export const VerifyWebhookRequestSchema = z
  .object({ verify_token: z.string().min(1).max(LONGEST_VERIFY_TOKEN).nullish() })
  .meta({ id: 'VerifyWebhookRequest' });

/** Kinds of events of which a receiver can be sent a sample. */
export const SAMPLE_KINDS = ['messages', 'statuses', 'sessions', 'message_echoes', 'calls'] as const;

/** Body of `POST /webhooks/{id}/test`; may be left out. */
export const TestWebhookRequestSchema = z
  .object({
    event: z
      .enum(SAMPLE_KINDS)
      .nullish()
      .meta({ description: 'Kind of the sample; the first kind that the webhook subscribes to if left out' }),
  })
  .meta({ id: 'TestWebhookRequest' });
