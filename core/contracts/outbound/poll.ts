import * as z from 'zod';

/** An extension: Meta's API sends no polls. */
export const PollContentSchema = z.object({
  type: z.literal('poll'),
  poll: z.object({
    name: z.string(),
    options: z.array(z.string()).min(2),
    /** How many of the options one person may choose; 0: as many as they like. */
    selectableCount: z.number().int().nonnegative(),
  }),
});
