import * as z from 'zod';
import { MediaReferenceSchema } from './media-reference.ts';

export const TextContentSchema = z.object({
  type: z.literal('text'),
  text: z.object({
    body: z.string().min(1),
    previewUrl: z.boolean(),
    /** Phone numbers, digits, that the body names as `@<digits>`. Absent in commands of release 0.1. */
    mentions: z.array(z.string()).optional(),
    /** Preview of the first address of the body, and that address as the body has it. Release 0.1 shows none. */
    preview: MediaReferenceSchema.extend({ url: z.string() }).optional(),
  }),
});
