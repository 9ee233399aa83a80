import * as z from 'zod';
import { AccountIdSchema, EndpointIdSchema, EventIdSchema, JobIdSchema } from '../../domain/ids.ts';

/**
 * A row of the backlog table (D5): one delivery that waits. pk `lane` = `<endpointId>#<0…7>`, sk `position` =
 * `<chat>#<order>#<eventId>` (core/domain/delivery/backlog-keys.ts), so that one query reads a chat in order and another a whole lane.
 */
export const BacklogRowSchema = z.object({
  lane: z.string(),
  position: z.string(),
  accountId: AccountIdSchema,
  endpointId: EndpointIdSchema,
  eventId: EventIdSchema,
  /** The event as JSON, deflated (stored-event.ts). */
  event: z.instanceof(Uint8Array),
  replay: JobIdSchema.optional(),
  parkedAtMs: z.number().int(),
  /** Why it waits, one sentence. */
  reason: z.string(),
  /** It failed while it waited; not tried again before, milliseconds since the epoch. */
  notBeforeMs: z.number().int().optional(),
});
export type BacklogRow = z.infer<typeof BacklogRowSchema>;

/**
 * A row of the backlog table too, sk `!<chat>`: nothing of this chat passes what is parked of it. Made before the first row of a
 * chat, removed by whoever delivered the last.
 */
export const BlockRowSchema = z.object({
  lane: z.string(),
  position: z.string(),
  endpointId: EndpointIdSchema,
  /** The event that was in the way first; the retry execution that its owner started has its name. */
  eventId: EventIdSchema,
  createdAtMs: z.number().int(),
  /** Whoever delivers the chat at the moment, and until when nobody else may. */
  heldBy: z.string().optional(),
  heldUntilMs: z.number().int().optional(),
  /** When its owner will look at it next; long past that, somebody else has to. */
  dueAtMs: z.number().int(),
  /** A row came in while it was held: look again. */
  dirty: z.boolean().optional(),
});
export type BlockRow = z.infer<typeof BlockRowSchema>;
