import * as z from 'zod';
import { MediaReferenceSchema } from './media-reference.ts';

export const VideoContentSchema = z.object({
  type: z.literal('video'),
  media: MediaReferenceSchema,
  caption: z.string().optional(),
});
