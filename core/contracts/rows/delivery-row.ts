import * as z from 'zod';
import { EndpointIdSchema, EventIdSchema } from '../../domain/ids.ts';

/**
 * A row of the deliveries table: pk `endpointDay` = `<endpointId>#<yyyy-mm-dd of the event, UTC>`, sk `occurred` =
 * `<occurredAtMs, 15 digits>#<eventId>`. Both come from the event alone, so the dedup read needs no index (D9).
 */
export const DeliveryRowSchema = z.object({
  endpointDay: z.string(),
  occurred: z.string(),
  endpointId: EndpointIdSchema,
  eventId: EventIdSchema,
  status: z.enum(['delivered', 'failed']),
  attempts: z.number().int(),
  /** HTTP status of the last answer; absent when there was none. */
  httpStatus: z.number().int().optional(),
  /** Why the last attempt failed, one sentence. */
  error: z.string().optional(),
  updatedAtMs: z.number().int(),
  /** TTL, seconds since the epoch. */
  expiresAt: z.number().int(),
});
export type DeliveryRow = z.infer<typeof DeliveryRowSchema>;
