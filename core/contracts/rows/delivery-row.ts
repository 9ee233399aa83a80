import * as z from 'zod';
import { AccountIdSchema, EndpointIdSchema, EventIdSchema, SessionIdSchema } from '../../domain/ids.ts';
import { WamidSchema } from '../../domain/wamid.ts';
import { EventTypeSchema } from '../event.ts';

/**
 * `failed` and `retrying`: it will be tried again by itself. `parked`: it waits for its endpoint. `dead`: nobody tries it any
 * more. `dropped`: its endpoint was gone or disabled, or its filter did not want it.
 */
export const DELIVERY_STATUSES = ['delivered', 'failed', 'retrying', 'parked', 'dead', 'dropped'] as const;

/** Why nobody tries any more. */
export const DEAD_REASONS = [
  /** All attempts of the schedule failed. */
  'exhausted',
  /** It waited longer than its endpoint's longest age. */
  'expired',
  /** A 4xx that stayed. */
  'refused',
  /** 410, or the endpoint asked to be disabled. */
  'gone',
  /** Its endpoint was disabled while it waited. */
  'disabled',
  /** `webhook-delivery: abort-message`. */
  'aborted',
  /** 413, or larger than 256 KiB. */
  'too_large',
  /** The URL leads to a private address. */
  'blocked',
  'certificate',
  /** The name does not exist. */
  'dns',
] as const;
export const DeadReasonSchema = z.enum(DEAD_REASONS);
export type DeadReason = z.infer<typeof DeadReasonSchema>;

/** One POST and what came of it. */
export const DeliveryAttemptSchema = z.object({
  atMs: z.number().int(),
  durationMs: z.number().int(),
  /** Absent when there was no answer. */
  httpStatus: z.number().int().optional(),
  /** One sentence; absent after a success. */
  error: z.string().optional(),
  /** How much patience the failure deserved, where that is less than the whole schedule (schedule.ts). */
  patience: z.string().optional(),
  /** Address that was connected to. */
  remoteIp: z.string().optional(),
  /** Beginning of the answer's body, at most 1 KiB. */
  response: z.string().optional(),
});
export type DeliveryAttempt = z.infer<typeof DeliveryAttemptSchema>;

/**
 * A row of the deliveries table: pk `endpointDay` = `<endpointId>#<yyyy-mm-dd of the event, UTC>`, sk `occurred` =
 * `<occurredAtMs, 15 digits>#<eventId>`. Both come from the event alone, so the dedup read needs no index (D9).
 */
export const DeliveryRowSchema = z.object({
  endpointDay: z.string(),
  occurred: z.string(),
  endpointId: EndpointIdSchema,
  eventId: EventIdSchema,
  status: z.enum(DELIVERY_STATUSES),
  attempts: z.number().int(),
  /** HTTP status of the last answer; absent when there was none. */
  httpStatus: z.number().int().optional(),
  /** Why the last attempt failed, or why nobody tries again; one sentence. */
  error: z.string().optional(),
  updatedAtMs: z.number().int(),
  /** TTL, seconds since the epoch. */
  expiresAt: z.number().int(),
  // Rows of release 0.1 have none of the following.
  accountId: AccountIdSchema.optional(),
  eventType: EventTypeSchema.optional(),
  sessionId: SessionIdSchema.optional(),
  /** The message that the event is about. */
  wamid: WamidSchema.optional(),
  /** The event as JSON, deflated: what a replay sends. */
  event: z.instanceof(Uint8Array).optional(),
  /** The latest attempts, oldest first. */
  history: z.array(DeliveryAttemptSchema).optional(),
  /** When it is tried again, milliseconds since the epoch. */
  nextAttemptAtMs: z.number().int().optional(),
  /** First POST, milliseconds since the epoch. */
  firstAttemptAtMs: z.number().int().optional(),
  deadReason: DeadReasonSchema.optional(),
});
export type DeliveryRow = z.infer<typeof DeliveryRowSchema>;
export type DeliveryStatus = DeliveryRow['status'];

/** A message on the queue of dead deliveries: where the row is, and why it is dead. */
export const DeadDeliverySchema = DeliveryRowSchema.pick({ endpointDay: true, occurred: true }).extend({
  reason: DeadReasonSchema,
});
export type DeadDelivery = z.infer<typeof DeadDeliverySchema>;
