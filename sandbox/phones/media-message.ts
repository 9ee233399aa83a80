import type { proto } from '@whiskeysockets/baileys';
import type { MessageKind } from '../store/message-log.ts';

/** Media that lies encrypted on the media host already. */
export interface MediaUpload {
  readonly kind: Extract<MessageKind, 'image' | 'video' | 'audio' | 'document'>;
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
}

/** The message that points at uploaded media. */
export function mediaMessage(upload: MediaUpload, nowMs: number): { message: proto.IMessage; mediaType: string } {
  const { kind, caption, fileName, ...rest } = upload;
  const common = { ...rest, mediaKeyTimestamp: Math.floor(nowMs / 1000) };
  if (kind === 'audio') return { message: { audioMessage: { ...common, ptt: true, seconds: 1 } }, mediaType: 'ptt' };
  if (kind === 'image') return { message: { imageMessage: { ...common, caption } }, mediaType: kind };
  if (kind === 'video') return { message: { videoMessage: { ...common, caption } }, mediaType: kind };
  return { message: { documentMessage: { ...common, caption, fileName } }, mediaType: kind };
}
