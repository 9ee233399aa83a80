import { proto } from '@whiskeysockets/baileys';
import type { OutgoingMessage } from '../whatsapp-port.ts';
import { keyOf } from './message-key.ts';
import type { WireMessage, Writing } from './writing.ts';

export function writeRevoke({ target }: OutgoingMessage, writing: Writing): WireMessage {
  const key = keyOf(target, writing);
  return { message: { protocolMessage: { key, type: proto.Message.ProtocolMessage.Type.REVOKE } }, edit: '7' };
}
