import { normalizeMessageContent, proto } from '@whiskeysockets/baileys';
import type { OutgoingMessage } from '../whatsapp-port.ts';
import { keyOf } from './message-key.ts';
import type { Content, WireMessage, Writing } from './writing.ts';

const { Type } = proto.Message.ProtocolMessage;

/** @throws Error for a message whose text can't be changed; `isEditable` says which */
export function writeEdit({ edit }: Content<'edit'>, { target }: OutgoingMessage, writing: Writing): WireMessage {
  const editedMessage = target && editedOf(target.content, edit.body);
  if (!editedMessage) throw new Error('The message has no text to change.');
  const key = keyOf(target, writing);
  const protocolMessage = { key, type: Type.MESSAGE_EDIT, editedMessage, timestampMs: writing.nowMs };
  return { message: { protocolMessage }, edit: '1' };
}

/** Whether a message has a text or a caption that can be changed. */
export const isEditable = (content: Uint8Array): boolean => editedOf(content, '') !== undefined;

/** The whole message with its new text, as phones send it. */
function editedOf(content: Uint8Array, body: string): proto.IMessage | undefined {
  const message = normalizeMessageContent(proto.Message.decode(content)) ?? {};
  const { extendedTextMessage, imageMessage, videoMessage, documentMessage } = message;
  if (message.conversation || extendedTextMessage) return { extendedTextMessage: { text: body } };
  if (imageMessage) return { imageMessage: { ...imageMessage, caption: body } };
  if (videoMessage) return { videoMessage: { ...videoMessage, caption: body } };
  if (documentMessage) return { documentMessage: { ...documentMessage, caption: body } };
  return undefined;
}
