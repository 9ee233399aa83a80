import type { proto } from '@whiskeysockets/baileys';
import type { ReferredMessage } from '../whatsapp-port.ts';
import type { Writing } from './writing.ts';

/**
 * Names a message to WhatsApp, in the chat as the stanza names it.
 * @throws Error without a message
 */
export function keyOf(target: ReferredMessage | undefined, { jid }: Pick<Writing, 'jid'>): proto.IMessageKey {
  if (!target) throw new Error('The message that this one is about is not given.');
  const { stanzaId: id, fromMe, author } = target;
  const isGroup = jid.endsWith('@g.us');
  return { remoteJid: jid, fromMe, id, ...(isGroup && !fromMe && author !== undefined && { participant: author }) };
}
