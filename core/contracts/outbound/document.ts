import * as z from 'zod';
import { MediaReferenceSchema } from './media-reference.ts';

export const DocumentContentSchema = z.object({
  type: z.literal('document'),
  media: MediaReferenceSchema,
  caption: z.string().optional(),
  filename: z.string().optional(),
});
