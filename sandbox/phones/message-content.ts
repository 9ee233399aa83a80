import { normalizeMessageContent, proto } from '@whiskeysockets/baileys';
import type { MediaReference, MessageKind } from '../store/message-log.ts';

/** What a decrypted message says, as far as a phone shows it. */
export interface ShownContent {
  readonly kind: MessageKind;
  readonly text?: string | undefined;
  readonly media?: MediaReference | undefined;
  readonly targetId?: string | undefined;
}

const { Type } = proto.Message.ProtocolMessage;

/** Reads a decrypted message; undefined when there is nothing to show, as for key distributions. */
export function readContent(message: proto.IMessage): ShownContent | undefined {
  const content = normalizeMessageContent(message);
  if (!content) return undefined;
  return readProtocol(content) ?? readText(content) ?? readMedia(content) ?? readOther(content);
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
  return { kind: 'text', text: extended.text ?? '', targetId: extended.contextInfo?.stanzaId ?? undefined };
}

interface MediaPart {
  readonly directPath?: string | null;
  readonly mediaKey?: Uint8Array | null;
  readonly mimetype?: string | null;
  readonly caption?: string | null;
  readonly fileName?: string | null;
  readonly contextInfo?: proto.IContextInfo | null;
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
    return { kind, text: part.caption ?? undefined, targetId, media: mediaReference(part) };
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

/** The message that somebody answers, reacts to, edits or takes back, as protos name it. */
export interface MessageKey {
  readonly remoteJid: string;
  readonly fromMe: boolean;
  readonly id: string;
  readonly participant?: string | undefined;
}

export function textMessage(text: string): proto.IMessage {
  return { conversation: text };
}

/** An answer that quotes another message. */
export function replyMessage(
  text: string,
  quoted: MessageKey,
  author: string,
  message: proto.IMessage,
): proto.IMessage {
  const contextInfo = { stanzaId: quoted.id, participant: author, quotedMessage: message };
  return { extendedTextMessage: { text, contextInfo } };
}

/** An empty emoji takes an earlier reaction back. */
export function reactionMessage(emoji: string, key: MessageKey, nowMs: number): proto.IMessage {
  return { reactionMessage: { key, text: emoji, senderTimestampMs: nowMs } };
}

export function editMessage(text: string, key: MessageKey, nowMs: number): proto.IMessage {
  const editedMessage = { conversation: text };
  return { protocolMessage: { key, type: Type.MESSAGE_EDIT, editedMessage, timestampMs: nowMs } };
}

export function revokeMessage(key: MessageKey): proto.IMessage {
  return { protocolMessage: { key, type: Type.REVOKE } };
}
