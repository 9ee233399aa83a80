import * as z from 'zod';
import { AccountIdSchema, EndpointIdSchema, EventIdSchema, JobIdSchema, SessionIdSchema } from '../../domain/ids.ts';
import { WamidSchema } from '../../domain/wamid.ts';
import { EventTypeSchema } from '../event.ts';
import { DELIVERY_STATUSES } from './delivery-row.ts';

/** `messages`: out of the connector's message rows, which it reads itself. */
export const REPLAY_SOURCES = ['deliveries', 'messages'] as const;
export const REPLAY_STATUSES = ['running', 'done', 'cancelled', 'failed'] as const;

/** Key of a delivery row. */
const DeliveryKeySchema = z.object({ endpointDay: z.string(), occurred: z.string() });
export type DeliveryKey = z.infer<typeof DeliveryKeySchema>;

/** Which deliveries a replay sends again; all members have to hold. */
export const ReplayFilterSchema = z.object({
  /** Endpoints that they went to; they go there again. */
  endpointIds: z.array(EndpointIdSchema).min(1),
  eventIds: z.array(EventIdSchema).optional(),
  wamids: z.array(WamidSchema).optional(),
  sessionId: SessionIdSchema.optional(),
  eventTypes: z.array(EventTypeSchema).optional(),
  statuses: z.array(z.enum(DELIVERY_STATUSES)).optional(),
  /** When the events occurred, milliseconds since the epoch; `to` not included. */
  fromMs: z.number().int(),
  toMs: z.number().int(),
  /** These rows and no others. */
  deliveries: z.array(DeliveryKeySchema).optional(),
});
export type ReplayFilter = z.infer<typeof ReplayFilterSchema>;

/** A row of the jobs table (pk `accountId`, sk `jobId`): one replay and how far it is. */
export const ReplayJobRowSchema = z.object({
  accountId: AccountIdSchema,
  jobId: JobIdSchema,
  filter: ReplayFilterSchema,
  status: z.enum(REPLAY_STATUSES),
  /** Absent: `deliveries`. */
  source: z.enum(REPLAY_SOURCES).optional(),
  /** Where to go on: the last key that was looked at; absent at the start. */
  cursor: DeliveryKeySchema.optional(),
  /** Grows with each move of the cursor: of two that work at one job, one is refused. */
  step: z.number().int().optional(),
  looked: z.number().int(),
  queued: z.number().int(),
  /** Not replayable: too old to have its event. */
  skipped: z.number().int(),
  /** Why it failed, one sentence. */
  error: z.string().optional(),
  createdAtMs: z.number().int(),
  updatedAtMs: z.number().int(),
  /** TTL, seconds since the epoch. */
  expiresAt: z.number().int(),
});
export type ReplayJobRow = z.infer<typeof ReplayJobRowSchema>;
