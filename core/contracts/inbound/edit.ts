import * as z from 'zod';
import { WamidSchema } from '../../domain/wamid.ts';
import { DocumentContentSchema, ImageContentSchema, VideoContentSchema } from './media.ts';
import { TextContentSchema } from './text.ts';

/** What an old message says from now on; of a file only the caption can change, and its id stays. */
export const EditedContentSchema = z.discriminatedUnion('type', [
  TextContentSchema,
  ImageContentSchema,
  VideoContentSchema,
  DocumentContentSchema,
]);
export type EditedContent = z.infer<typeof EditedContentSchema>;

export const EditContentSchema = z.object({
  type: z.literal('edit'),
  edit: z.object({ original_message_id: WamidSchema, message: EditedContentSchema }),
});
