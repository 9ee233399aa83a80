import * as z from 'zod';
import { someTextOf } from './characters.ts';
import { messageIdSchema } from './message-id.ts';

/** As long as a text. */
const LONGEST_TEXT = 4096;

/** The shape in which Meta tells of an edit that a person made. */
export const EditSchema = z
  .object({
    original_message_id: messageIdSchema,
    message: z.object({
      type: z.literal('text').nullish(),
      text: z.object({
        body: someTextOf(LONGEST_TEXT).meta({ description: 'The new text, or the new caption of a file' }),
      }),
    }),
  })
  .meta({ id: 'Edit', description: 'Extension: changes a text or caption, within 15 minutes' });
