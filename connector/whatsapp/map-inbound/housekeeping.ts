import { proto } from '@whiskeysockets/baileys';

const { Type } = proto.Message.ProtocolMessage;

/** Members beside the content proper. */
export const NOT_CONTENT: ReadonlySet<string> = new Set([
  'senderKeyDistributionMessage',
  'fastRatchetKeySenderKeyDistributionMessage',
  'messageContextInfo',
]);

/** Protocol messages that a person meant: they take a message back or change it. */
const MEANT: ReadonlySet<unknown> = new Set([Type.REVOKE, Type.MESSAGE_EDIT]);

/** Name of a message that only programs need (keys, settings, history); undefined for what a person wrote or did. */
export function housekeepingKind(message: proto.IMessage): string | undefined {
  const members = Object.entries(message).filter(([name, value]) => Boolean(value) && !NOT_CONTENT.has(name));
  if (members.length === 0) return message.senderKeyDistributionMessage ? 'sender_key' : 'empty';
  const protocol = message.protocolMessage;
  if (protocol && !MEANT.has(protocol.type ?? Type.REVOKE)) return `protocol_${String(protocol.type)}`;
  // Announces how many pictures follow; each is a message of its own.
  return message.albumMessage ? 'album' : undefined;
}
