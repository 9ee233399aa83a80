import * as z from 'zod';
import { MediaIdSchema } from '../../domain/ids.ts';

/** A file as Meta names it; `GET /{id}` tells where it can be downloaded. */
const File = {
  id: MediaIdSchema,
  mime_type: z.string(),
  /** Of the file itself, base64. */
  sha256: z.string(),
};
const caption = z.string().optional();

export const ImageContentSchema = z.object({ type: z.literal('image'), image: z.object({ ...File, caption }) });
export const VideoContentSchema = z.object({ type: z.literal('video'), video: z.object({ ...File, caption }) });
/** `voice`: recorded in the chat. */
export const AudioContentSchema = z.object({
  type: z.literal('audio'),
  audio: z.object({ ...File, voice: z.boolean() }),
});
export const DocumentContentSchema = z.object({
  type: z.literal('document'),
  document: z.object({ ...File, caption, filename: z.string().optional() }),
});
export const StickerContentSchema = z.object({
  type: z.literal('sticker'),
  sticker: z.object({ ...File, animated: z.boolean() }),
});
