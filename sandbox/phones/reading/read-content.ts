import { normalizeMessageContent, proto } from '@whiskeysockets/baileys';
import type { MediaReference, MessageDetails, MessageKind, ShownContent } from '../../store/message-log.ts';
import { aroundOf } from './details.ts';
import { readRich } from './rich.ts';

const { Type } = proto.Message.ProtocolMessage;

/** Reads a decrypted message; undefined when there is nothing to show, as for key distributions. */
export function readContent(message: proto.IMessage): ShownContent | undefined {
  const content = normalizeMessageContent(message);
  if (!content) return undefined;
  return readProtocol(content) ?? readText(content) ?? readMedia(content) ?? readRich(content) ?? readOther(content);
}

function readProtocol(content: proto.IMessage): ShownContent | undefined {
  const { reactionMessage, protocolMessage } = content;
  if (reactionMessage) {
    return { kind: 'reaction', text: reactionMessage.text ?? '', targetId: reactionMessage.key?.id ?? undefined };
  }
  const targetId = protocolMessage?.key?.id ?? undefined;
  if (protocolMessage?.type === Type.REVOKE) return { kind: 'revoke', targetId };
  if (protocolMessage?.type === Type.MESSAGE_EDIT) {
    const edited = protocolMessage.editedMessage ? readContent(protocolMessage.editedMessage) : undefined;
    return { kind: 'edit', text: edited?.text, targetId };
  }
  return undefined;
}

function readText(content: proto.IMessage): ShownContent | undefined {
  if (content.conversation) return { kind: 'text', text: content.conversation };
  const extended = content.extendedTextMessage;
  if (!extended) return undefined;
  const targetId = extended.contextInfo?.stanzaId ?? undefined;
  const details = { ...previewIn(extended), ...aroundOf(extended.contextInfo) };
  return { kind: 'text', text: extended.text ?? '', targetId, details };
}

/** Phones show a preview only of an address that the text really has. */
function previewIn(extended: proto.Message.IExtendedTextMessage): MessageDetails {
  const { text, matchedText: url, title, description, jpegThumbnail } = extended;
  if (!url || !title || !text?.includes(url)) return {};
  const thumbnail = jpegThumbnail?.length ? { thumbnail: Buffer.from(jpegThumbnail).toString('base64') } : {};
  return { preview: { url, title, ...(description && { description }), ...thumbnail } };
}

interface MediaPart {
  readonly directPath?: string | null;
  readonly mediaKey?: Uint8Array | null;
  readonly mimetype?: string | null;
  readonly caption?: string | null;
  readonly fileName?: string | null;
  readonly contextInfo?: proto.IContextInfo | null;
  /** Of audio: a voice message. */
  readonly ptt?: boolean | null;
  /** Of stickers. */
  readonly isAnimated?: boolean | null;
  readonly width?: number | null;
  readonly height?: number | null;
  readonly seconds?: number | null;
  readonly jpegThumbnail?: Uint8Array | null;
}

function readMedia(content: proto.IMessage): ShownContent | undefined {
  const parts: readonly (readonly [MessageKind, MediaPart | null | undefined])[] = [
    ['image', content.imageMessage],
    ['video', content.videoMessage],
    ['audio', content.audioMessage],
    ['document', content.documentMessage],
    ['sticker', content.stickerMessage],
  ];
  for (const [kind, part] of parts) {
    if (!part) continue;
    const targetId = part.contextInfo?.stanzaId ?? undefined;
    const details = {
      ...(part.ptt && { isVoice: true }),
      ...(part.isAnimated && { isAnimated: true }),
      ...(part.width && part.height && { sides: [part.width, part.height] as const }),
      ...(part.seconds && { seconds: part.seconds }),
      ...(part.jpegThumbnail?.length && { thumbnail: Buffer.from(part.jpegThumbnail).toString('base64') }),
      ...aroundOf(part.contextInfo),
    };
    return { kind, text: part.caption ?? undefined, targetId, media: mediaReference(part), details };
  }
  return undefined;
}

function mediaReference(part: MediaPart): MediaReference | undefined {
  if (!part.directPath || !part.mediaKey) return undefined;
  return {
    directPath: part.directPath,
    mediaKey: Buffer.from(part.mediaKey).toString('base64'),
    mimetype: part.mimetype ?? 'application/octet-stream',
    fileName: part.fileName ?? undefined,
  };
}

/** Message fields that say nothing to a reader. */
const SILENT = new Set(['messageContextInfo', 'senderKeyDistributionMessage', 'protocolMessage', 'deviceSentMessage']);

function readOther(content: proto.IMessage): ShownContent | undefined {
  const [field] = Object.entries(content).filter(([name, value]) => !SILENT.has(name) && value);
  return field && { kind: 'other', text: field[0] };
}
