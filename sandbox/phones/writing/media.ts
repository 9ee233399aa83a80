import type { proto } from '@whiskeysockets/baileys';
import type { MessageKind } from '../../store/message-log.ts';
import type { Composed } from './composed.ts';

/** Media that lies encrypted on the media host already. */
export interface MediaUpload {
  readonly kind: Extract<MessageKind, 'image' | 'video' | 'audio' | 'document' | 'sticker'>;
  readonly url: string;
  readonly directPath: string;
  readonly mediaKey: Uint8Array;
  readonly fileSha256: Uint8Array;
  readonly fileEncSha256: Uint8Array;
  /** Bytes of the plain file. */
  readonly fileLength: number;
  readonly mimetype: string;
  readonly caption?: string | undefined;
  readonly fileName?: string | undefined;
  /** Of audio: recorded in the chat. @default true */
  readonly voice?: boolean | undefined;
  /** Of video: recorded in the chat, shown round. */
  readonly note?: boolean | undefined;
  /** Of stickers. */
  readonly animated?: boolean | undefined;
}

/** The message that points at uploaded media. */
export function mediaMessage(upload: MediaUpload, nowMs: number): Composed {
  const { kind, caption, fileName, voice = true, note, animated, ...rest } = upload;
  const common = { ...rest, mediaKeyTimestamp: Math.floor(nowMs / 1000) };
  switch (kind) {
    case 'audio':
      return media(voice ? 'ptt' : kind, { audioMessage: { ...common, ptt: voice, seconds: 1 } });
    case 'image':
      return media(kind, { imageMessage: { ...common, caption } });
    case 'video':
      return note ? media('ptv', { ptvMessage: { ...common } }) : media(kind, { videoMessage: { ...common, caption } });
    case 'sticker':
      return media(kind, { stickerMessage: { ...common, isAnimated: animated } });
    case 'document':
      return media(kind, withCaption({ ...common, fileName, title: fileName }, caption));
  }
}

const media = (mediaType: string, message: proto.IMessage): Composed => ({ type: 'media', mediaType, message });

/** Documents with a caption have an envelope of their own. */
const withCaption = (document: proto.Message.IDocumentMessage, caption: string | undefined): proto.IMessage =>
  caption === undefined
    ? { documentMessage: document }
    : { documentWithCaptionMessage: { message: { documentMessage: { ...document, caption } } } };
