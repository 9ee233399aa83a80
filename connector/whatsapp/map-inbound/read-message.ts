import { normalizeMessageContent, proto } from '@whiskeysockets/baileys';
import type { ReadMessage } from '../whatsapp-port.ts';
import { housekeepingKind } from './housekeeping.ts';
import { readText } from './text.ts';
import { readUnsupported } from './unsupported.ts';

/**
 * Reads a received message: what it says, or that no person wrote it. Never drops and never invents: a kind that Pombo
 * does not know yet becomes `unsupported` with its name.
 * @param content WhatsApp's protobuf, without padding
 */
export function readMessage(content: Uint8Array): ReadMessage {
  const outer = proto.Message.decode(content);
  // What another device of our own number wrote is wrapped once more.
  const sent = outer.deviceSentMessage?.message ?? outer;
  const message = normalizeMessageContent(sent) ?? {};
  const kind = housekeepingKind(message);
  if (kind !== undefined) return { type: 'housekeeping', kind };
  return readText(message, isEdit(sent)) ?? readUnsupported(message, isEdit(sent));
}

/** An edit says the new text of an old message; taken for a message it would be said twice. */
const isEdit = (message: proto.IMessage): boolean =>
  Boolean(message.editedMessage ?? message.protocolMessage?.editedMessage);
