import * as z from 'zod';
import { textOf } from './characters.ts';

/** Meta's limit of captions, characters. */
const LONGEST_CAPTION = 1024;
/** Longest name that file systems take, characters; Meta writes of none. */
const LONGEST_FILENAME = 240;

const file = {
  id: z.string().nullish().meta({ description: 'Of an upload; exactly one of id and link' }),
  link: z.string().nullish().meta({ description: 'https address from which Pombo fetches the file' }),
};
const caption = textOf(LONGEST_CAPTION).nullish();
const filename = textOf(LONGEST_FILENAME).nullish().meta({ description: 'Its ending says what kind of file it is' });

export const ImageSchema = z.object({ ...file, caption }).meta({ id: 'Image' });
export const VideoSchema = z.object({ ...file, caption }).meta({ id: 'Video' });
export const AudioSchema = z
  .object({
    ...file,
    voice: z.boolean().nullish().meta({ description: 'Show it as a voice message: ogg with opus, mono' }),
  })
  .meta({ id: 'Audio' });
export const DocumentSchema = z.object({ ...file, caption, filename }).meta({ id: 'Document' });
export const StickerSchema = z.object(file).meta({ id: 'Sticker' });
/** Of a header. */
export const HeaderFileSchema = z.object({ ...file, filename });
