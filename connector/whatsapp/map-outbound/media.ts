import type { proto } from '@whiskeysockets/baileys';
import { type Content, sidesIn, uploadedOf, type WireMessage, type Writing } from './writing.ts';

type Context = proto.IContextInfo | undefined;

/** Phones play voice messages of this type only; what is uploaded often leaves the codec out. */
const VOICE_TYPE = 'audio/ogg; codecs=opus';
/** Shown for a document that came without a name. */
const NAMELESS = 'file';
/** Meta's size of stickers, pixels on each side. */
const STICKER_SIDE = 512;

const contextIn = (contextInfo: Context) => (contextInfo ? { contextInfo } : {});
const captionIn = (caption: string | undefined) => (caption ? { caption } : {});

/** A picture without anything around it. */
export const imageOf = (writing: Writing): proto.Message.IImageMessage => ({
  ...uploadedOf(writing),
  ...sidesIn(writing),
  ...(writing.thumbnail && { jpegThumbnail: writing.thumbnail }),
});

/** A film without anything around it. */
export const videoOf = (writing: Writing): proto.Message.IVideoMessage => ({
  ...uploadedOf(writing),
  ...sidesIn(writing),
  ...(writing.shape?.seconds && { seconds: writing.shape.seconds }),
});

export function writeImage({ caption }: Content<'image'>, contextInfo: Context, writing: Writing): WireMessage {
  const imageMessage = { ...imageOf(writing), ...captionIn(caption), ...contextIn(contextInfo) };
  return { message: { imageMessage } };
}

export function writeVideo({ caption }: Content<'video'>, contextInfo: Context, writing: Writing): WireMessage {
  const videoMessage = { ...videoOf(writing), ...captionIn(caption), ...contextIn(contextInfo) };
  return { message: { videoMessage } };
}

export function writeAudio({ voice }: Content<'audio'>, contextInfo: Context, writing: Writing): WireMessage {
  const uploaded = uploadedOf(writing);
  // Other audio as a voice message would not play on every phone.
  const ptt = voice === true && uploaded.mimetype.startsWith('audio/ogg');
  const mimetype = ptt ? VOICE_TYPE : uploaded.mimetype;
  const audioMessage = { ...uploaded, mimetype, ptt, ...contextIn(contextInfo) };
  return { message: { audioMessage } };
}

export function writeDocument(
  { caption, filename }: Pick<Content<'document'>, 'caption' | 'filename'>,
  contextInfo: Context,
  writing: Writing & { readonly fileName: string | undefined },
): WireMessage {
  const fileName = filename ?? writing.fileName ?? NAMELESS;
  const named = { fileName, title: fileName };
  const documentMessage = { ...uploadedOf(writing), ...named, ...captionIn(caption), ...contextIn(contextInfo) };
  return { message: { documentMessage } };
}

export function writeSticker(contextInfo: Context, writing: Writing): WireMessage {
  const size = { width: STICKER_SIDE, height: STICKER_SIDE, ...sidesIn(writing) };
  // Phones show one that is not marked as a still.
  const isAnimated = writing.shape?.animated ?? false;
  return { message: { stickerMessage: { ...uploadedOf(writing), ...size, isAnimated, ...contextIn(contextInfo) } } };
}
