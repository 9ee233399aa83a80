import * as z from 'zod';
import { AccountIdSchema, EndpointIdSchema, SessionIdSchema, SessionUidSchema } from '../../domain/ids.ts';
import { EventTypeSchema } from '../event.ts';

/** What came from others, or what became of what we sent. */
export const DIRECTIONS = ['inbound', 'outbound'] as const;
export const CHAT_KINDS = ['individual', 'group'] as const;
/** `strict`: nothing of a chat passes a failed event of it. `overtake`: a failed event is tried again by itself. */
export const ORDERINGS = ['strict', 'overtake'] as const;

/**
 * A row of the endpoints table (pk `accountId`, sk `endpointId`; index `byMonitoring`): one webhook subscription. Ciphertexts
 * are made by KMS with the context {accountId, endpointId}, base64.
 */
export const EndpointRowSchema = z.object({
  accountId: AccountIdSchema,
  endpointId: EndpointIdSchema,
  url: z.url(),
  events: z.array(EventTypeSchema),
  /** Absent: all sessions of the account. The uid goes with it, so that a number created anew inherits no endpoint. */
  session: z.object({ sessionId: SessionIdSchema, sessionUid: SessionUidSchema }).optional(),
  /** The `whsec_…` secret. */
  secretCiphertext: z.string(),
  createdAtMs: z.number().int(),
  name: z.string().optional(),
  /** Absent: both. */
  direction: z.enum(DIRECTIONS).optional(),
  /** Absent: both. */
  chats: z.enum(CHAT_KINDS).optional(),
  /** Absent: `strict` for messages, `overtake` for all else. */
  ordering: z.enum(ORDERINGS).optional(),
  /** Version of the body. Absent: 1. */
  payloadVersion: z.literal(1).optional(),
  /** JSON object of header names and values that go with each request. */
  headersCiphertext: z.string().optional(),
  /** Names of those, to be shown. */
  headerNames: z.array(z.string()).optional(),
  /** A rotation is going on: the secret before this one, good until then. */
  previousSecret: z.object({ ciphertext: z.string(), untilMs: z.number().int() }).optional(),
  /** Absent: 50 a second with a burst of 100 (webhooks.md 3.2). */
  rate: z.object({ perSecond: z.number().positive(), burst: z.number().int().positive() }).optional(),
  /** Absent members: the schedule of webhooks.md 3.2. */
  retry: z
    .object({
      /** With the first one. */
      maxAttempts: z.number().int().min(1).optional(),
      firstDelayMs: z.number().int().min(0).optional(),
      maxAgeMs: z.number().int().min(0).optional(),
    })
    .optional(),
  /** For one attempt, its body included. Absent: 15 s. */
  timeoutMs: z.number().int().min(1000).optional(),
  /** Hears of each event that is dead. */
  failureUrl: z.url().optional(),
  /** Nothing is sent while this is there. */
  disabled: z
    .object({ atMs: z.number().int(), reason: z.enum(['gone', 'asked_to', 'failing', 'by_owner']) })
    .optional(),
  /** `yes` where `events` has `queue`: the key of the index `byMonitoring`. */
  monitoring: z.literal('yes').optional(),
});
export type EndpointRow = z.infer<typeof EndpointRowSchema>;
