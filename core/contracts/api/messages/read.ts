import * as z from 'zod';
import { messageIdSchema } from './message-id.ts';

/** Body of `POST /{phone_number_id}/messages` that marks a message as read. */
export const MarkReadRequestSchema = z
  .object({
    messaging_product: z.literal('whatsapp'),
    status: z.literal('read'),
    message_id: messageIdSchema,
    typing_indicator: z
      .object({ type: z.literal('text') })
      .nullish()
      .meta({ description: 'Show that an answer is being typed: until it leaves, or for 25 seconds' }),
  })
  .meta({ id: 'MarkReadRequest' });
