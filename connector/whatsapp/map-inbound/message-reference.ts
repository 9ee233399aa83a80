import { isJidStatusBroadcast, jidNormalizedUser, type proto } from '@whiskeysockets/baileys';
import { type MessageReference, type ReceivedMessage, US } from '../whatsapp-port.ts';

/** The other side of a chat with one person, as the author of the message sees it: a jid, or us. */
const partnerOf = (received: ReceivedMessage): string => (received.fromMe ? received.chat : US);

/** The message that a key names. Keys are written from the view of who wrote the message that they stand in. */
export function referenceOf(
  key: proto.IMessageKey | null | undefined,
  received: ReceivedMessage,
): MessageReference | undefined {
  if (!key?.id) return undefined;
  if (key.fromMe) return { stanzaId: key.id, author: received.fromMe ? US : received.author };
  return { stanzaId: key.id, author: key.participant ? jidNormalizedUser(key.participant) : partnerOf(received) };
}

/** The message that this one answers. An answer to a status names one that is never told. */
export function quotedBy(
  context: proto.IContextInfo | undefined,
  received: ReceivedMessage,
): MessageReference | undefined {
  if (!context?.stanzaId || isJidStatusBroadcast(context.remoteJid ?? '')) return undefined;
  const author = context.participant ? jidNormalizedUser(context.participant) : partnerOf(received);
  return { stanzaId: context.stanzaId, author };
}
