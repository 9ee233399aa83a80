import * as z from 'zod';

/** WhatsApp itself says something of a person. */
export const SystemContentSchema = z.object({
  type: z.literal('system'),
  system: z.object({
    /** One English sentence, as Meta writes it. */
    body: z.string(),
    type: z.literal('user_changed_number'),
    /** The new number, digits; `user_id` the new LID. */
    wa_id: z.string().optional(),
    user_id: z.string().optional(),
  }),
});
