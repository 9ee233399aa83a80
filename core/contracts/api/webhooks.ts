import * as z from 'zod';
import { EventTypeSchema } from '../event.ts';
import { CHAT_KINDS, DIRECTIONS, ORDERINGS } from '../rows/endpoint-row.ts';
import { TimeSchema } from './sessions.ts';
import { MASKED } from './webhook-settings.ts';

/** How a receiver fares, as an owner sees it. */
const HealthSchema = z.object({
  state: z.enum(['healthy', 'failing', 'paused', 'recovering', 'disabled']).meta({
    description:
      'failing: attempts fail, each is tried again by itself; paused: nothing is sent but probes, everything waits in order; recovering: what waited goes out, slowly at first',
  }),
  failing_since: TimeSchema.nullable(),
  last_failure_at: TimeSchema.nullable(),
  paused_since: TimeSchema.nullable(),
  paused_until: TimeSchema.nullable().meta({ description: 'Nothing is sent before: the receiver asked so' }),
  reason: z.string().nullable().meta({ description: 'Why it is paused, one sentence' }),
  parked: z
    .number()
    .int()
    .nullable()
    .meta({ description: 'Deliveries that wait, at most 1000 are counted; null in lists' }),
});

/** A subscription as the API shows it. `null` in a setting means the default. */
export const WebhookSchema = z
  .object({
    id: z.string().meta({ example: 'wh_0123456789abcdef01234567' }),
    name: z.string().nullable(),
    url: z.string(),
    session: z.string().nullable(),
    events: z.array(EventTypeSchema),
    direction: z.enum(DIRECTIONS).nullable(),
    chats: z.enum(CHAT_KINDS).nullable(),
    ordering: z.enum(ORDERINGS).nullable(),
    headers: z.record(z.string(), z.string()).meta({ description: `Each value is shown as ${MASKED}` }),
    rate: z.object({ per_second: z.number(), burst: z.number().int() }).nullable(),
    retry: z
      .object({
        max_attempts: z.number().int().nullable(),
        first_delay_seconds: z.number().nullable(),
        max_age_seconds: z.number().nullable(),
      })
      .nullable(),
    timeout_seconds: z.number().nullable(),
    failure_url: z.string().nullable(),
    payload_version: z.literal(1),
    enabled: z.boolean(),
    disabled: z
      .object({
        since: TimeSchema,
        reason: z.enum(['gone', 'asked_to', 'failing', 'by_owner']).meta({
          description:
            'gone: the receiver answered 410; asked_to: it answered with webhook-delivery: disable; failing: nothing but failures for 72 h',
        }),
      })
      .nullable(),
    rotation: z
      .object({ old_secret_until: TimeSchema })
      .nullable()
      .meta({ description: 'A new secret was made and not confirmed yet' }),
    health: HealthSchema,
    created_at: TimeSchema,
  })
  .meta({ id: 'Webhook' });
export type WebhookResource = z.infer<typeof WebhookSchema>;

const secret = z.string().meta({
  description:
    'Shown this once. Key of X-Hub-Signature-256 as it stands; key of webhook-signature (Standard Webhooks) base64-decoded after whsec_',
});

export const CreatedWebhookSchema = WebhookSchema.extend({ secret }).meta({ id: 'CreatedWebhook' });

export const WebhookListSchema = z.object({ data: z.array(WebhookSchema) }).meta({ id: 'WebhookList' });

export const RotatedSecretSchema = z
  .object({
    secret,
    old_secret_until: TimeSchema.nullable().meta({
      description:
        'webhook-signature carries both signatures until then, X-Hub-Signature-256 the old one until then or until the rotation is confirmed; null: the old one was revoked',
    }),
  })
  .meta({ id: 'RotatedSecret' });

/** What came of one request to a receiver. */
export const ReceiverAnswerSchema = z
  .object({
    ok: z.boolean().meta({ description: 'A test: answered 200 to 299; a verification: 200 and the challenge' }),
    status: z.number().int().nullable().meta({ description: 'HTTP status; null without an answer' }),
    duration_ms: z.number().int(),
    response: z.string().nullable().meta({ description: 'Beginning of the answer, at most 1 KiB' }),
    error: z.string().nullable(),
  })
  .meta({ id: 'ReceiverAnswer' });
export type ReceiverAnswer = z.infer<typeof ReceiverAnswerSchema>;

export const TestAnswerSchema = ReceiverAnswerSchema.extend({
  webhook_id: z.string(),
  signature_headers: z.array(z.string()).meta({ example: ['X-Hub-Signature-256', 'webhook-signature'] }),
}).meta({ id: 'TestAnswer' });
