import * as z from 'zod';
import { AccountIdSchema, EndpointIdSchema, EventIdSchema, JobIdSchema } from '../domain/ids.ts';
import { DeadReasonSchema } from './rows/delivery-row.ts';

/**
 * Input of `WebhookRetry`: which delivery is to be tried again. Keys, never bodies: a state may have 256 KiB (Step Functions
 * quotas), and the event is in the delivery's row.
 */
export const RetryTaskSchema = z.object({
  accountId: AccountIdSchema,
  endpointId: EndpointIdSchema,
  eventId: EventIdSchema,
  /** Key of the delivery's row. */
  endpointDay: z.string(),
  occurred: z.string(),
  replay: JobIdSchema.optional(),
  /** The chat that waits behind it, and where. */
  blocked: z.object({ lane: z.string(), chat: z.string() }).optional(),
  /** Before the first look, whole seconds. */
  waitSeconds: z.number().int().min(0),
  /** It needs no further attempt: its end has only to be told. */
  dead: z.object({ reason: DeadReasonSchema, error: z.string() }).optional(),
  /** What the machine has ended since: a row of the chat's backlog that is dead. */
  ended: z.string().optional(),
});
export type RetryTask = z.infer<typeof RetryTaskSchema>;

/** Input of `finalize-delivery`: a delivery that nobody tries any more. */
export const DeadTaskSchema = RetryTaskSchema.pick({
  accountId: true,
  endpointId: true,
  eventId: true,
  endpointDay: true,
  occurred: true,
}).extend({
  reason: DeadReasonSchema,
  error: z.string(),
  /** Its row in the backlog, if it has one. */
  position: z.string().optional(),
});
export type DeadTask = z.infer<typeof DeadTaskSchema>;

/** Input of `EndpointRecovery`: an endpoint whose backlog has to go out. */
export const RecoveryTaskSchema = z.object({
  accountId: AccountIdSchema,
  endpointId: EndpointIdSchema,
  generation: z.number().int(),
  /** Executions of this generation before this one. */
  part: z.number().int().default(0),
  /** Looks of this execution before this one. */
  looks: z.number().int().default(0),
  /** The breaker was closed by the look before: only what came in too late is left. */
  closing: z.boolean().default(false),
  /** The machine itself, for the next execution. */
  machineArn: z.string(),
});
export type RecoveryTask = z.infer<typeof RecoveryTaskSchema>;
