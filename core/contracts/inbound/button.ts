import * as z from 'zod';

/** A quick reply of a template was tapped. */
export const ButtonContentSchema = z.object({
  type: z.literal('button'),
  button: z.object({ payload: z.string(), text: z.string() }),
});
