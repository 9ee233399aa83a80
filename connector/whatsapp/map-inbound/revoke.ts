import { isJidGroup, proto } from '@whiskeysockets/baileys';
import { referenceOf } from './message-reference.ts';
import type { Reader } from './reading.ts';

const { Type } = proto.Message.ProtocolMessage;

/** Deleted for everyone. People delete what they wrote; in a group, its admins also what others wrote. */
export const readRevoke: Reader = async ({ protocolMessage: protocol }, { received, find }) => {
  if (!protocol || (protocol.type ?? Type.REVOKE) !== Type.REVOKE) return undefined;
  const target = referenceOf(protocol.key, received);
  if (!target || (!protocol.key?.fromMe && !isJidGroup(received.chat))) return undefined;
  const { wamid } = await find(target);
  return { content: { type: 'revoke', revoke: { original_message_id: wamid } } };
};
