import type { proto } from '@whiskeysockets/baileys';
import { receivedMediaIdOf } from '#core/domain/received-media-id.ts';
import type { Wamid } from '#core/domain/wamid.ts';
import type { ReceivedMedia } from '../whatsapp-port.ts';
import type { Reader, ReadKind } from './reading.ts';

/** What the members of all kinds of files have in common. */
type File = Pick<
  proto.Message.IImageMessage,
  'mimetype' | 'fileSha256' | 'fileLength' | 'mediaKey' | 'fileEncSha256' | 'directPath'
>;

/** RFC 2046's word for bytes of which nobody says what they are. */
const UNKNOWN_TYPE = 'application/octet-stream';

/**
 * Image, video, voice or other audio, document, sticker. A file that can't be opened (no key, no path, no checksum) is of no use to anybody;
 * it is told as unsupported.
 */
export const readMedia: Reader = (message, { received: { wamid } }) => {
  const { imageMessage, audioMessage, documentMessage, stickerMessage } = message;
  const videoMessage = message.videoMessage ?? message.ptvMessage;
  if (imageMessage)
    return told(wamid, 'image', imageMessage, (file) => ({
      type: 'image',
      image: { ...file, ...captionOf(imageMessage) },
    }));
  if (videoMessage)
    return told(wamid, 'video', videoMessage, (file) => ({
      type: 'video',
      video: { ...file, ...captionOf(videoMessage) },
    }));
  if (audioMessage)
    return told(wamid, 'audio', audioMessage, (file) => ({
      type: 'audio',
      audio: { ...file, voice: audioMessage.ptt === true },
    }));
  if (documentMessage) {
    const filename = documentMessage.fileName || documentMessage.title;
    const named = told(wamid, 'document', documentMessage, (file) => ({
      type: 'document',
      document: { ...file, ...captionOf(documentMessage), ...(filename && { filename }) },
    }));
    return named?.media && filename ? { ...named, media: { ...named.media, fileName: filename } } : named;
  }
  if (stickerMessage)
    return told(wamid, 'sticker', stickerMessage, (file) => ({
      type: 'sticker',
      sticker: { ...file, animated: stickerMessage.isAnimated === true || stickerMessage.isLottie === true },
    }));
  return undefined;
};

type FileNamed = { readonly id: ReceivedMedia['mediaId']; readonly mime_type: string; readonly sha256: string };

function told(
  wamid: Wamid,
  kind: ReceivedMedia['kind'],
  file: File,
  contentOf: (file: FileNamed) => ReadKind['content'],
): ReadKind | undefined {
  const { mediaKey, directPath, fileSha256, fileEncSha256 } = file;
  if (!mediaKey?.length || !directPath || !fileSha256?.length) return undefined;
  const mediaId = receivedMediaIdOf(wamid);
  const mimeType = file.mimetype || UNKNOWN_TYPE;
  return {
    content: contentOf({ id: mediaId, mime_type: mimeType, sha256: Buffer.from(fileSha256).toString('base64') }),
    media: {
      mediaId,
      kind,
      directPath,
      mediaKey,
      mimeType,
      sizeBytes: Number(file.fileLength ?? 0),
      sha256: fileSha256,
      ...(fileEncSha256?.length && { encSha256: fileEncSha256 }),
    },
  };
}

const captionOf = ({ caption }: { readonly caption?: string | null }): { readonly caption?: string } =>
  caption ? { caption } : {};
