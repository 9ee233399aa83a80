import * as z from 'zod';

/** Meta's answer to an accepted message: it is queued, which is not yet sent. */
export const SendMessageResponseSchema = z
  .object({
    messaging_product: z.literal('whatsapp'),
    contacts: z.array(
      z.object({
        input: z.string().meta({ description: '`to` as it was written' }),
        wa_id: z.string().optional().meta({ description: 'The digits of the number, or the group id' }),
        user_id: z.string().optional().meta({ description: 'Instead, where `recipient` was written' }),
      }),
    ),
    messages: z.array(z.object({ id: z.string(), message_status: z.literal('accepted') })),
  })
  .meta({ id: 'SendMessageResponse' });
export type SendMessageResponse = z.infer<typeof SendMessageResponseSchema>;
