import * as z from 'zod';
import { MediaReferenceSchema } from './media-reference.ts';

export const AudioContentSchema = z.object({
  type: z.literal('audio'),
  media: MediaReferenceSchema,
  /** Shown as a voice message. */
  voice: z.boolean().optional(),
});
