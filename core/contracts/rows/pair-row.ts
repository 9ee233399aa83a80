import * as z from 'zod';

/** In an error DynamoDB's document client leaves numbers as they came over the wire. */
const TimeSchema = z.union([z.number(), z.object({ N: z.coerce.number() }).transform(({ N }) => N)]);

/**
 * A row of the limits table: a session and one recipient (pk `pair#<sessionUid>#<recipient>`). The API writes it with each
 * message, the connector when the other one writes.
 */
export const PairRowSchema = z.object({
  /** When the pair's token bucket is full again, so about the last message to the recipient too, milliseconds since the epoch. */
  tat: TimeSchema.optional(),
  /** Since when the row is there, if a message to the recipient made it. */
  bornMs: TimeSchema.optional(),
  /** When the other one wrote, about; absent: never. */
  wroteMs: TimeSchema.optional(),
});
export type PairRow = z.infer<typeof PairRowSchema>;
