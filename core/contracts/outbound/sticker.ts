import * as z from 'zod';
import { MediaReferenceSchema } from './media-reference.ts';

export const StickerContentSchema = z.object({ type: z.literal('sticker'), media: MediaReferenceSchema });
