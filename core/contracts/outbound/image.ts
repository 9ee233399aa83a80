import * as z from 'zod';
import { MediaReferenceSchema } from './media-reference.ts';

export const ImageContentSchema = z.object({
  type: z.literal('image'),
  media: MediaReferenceSchema,
  caption: z.string().optional(),
});
