import { StanzaIdSchema } from '#core/domain/ids.ts';
import { authorHashOf, formatWamid } from '#core/domain/wamid.ts';
import { keepTrying, type Persistence } from '../keep-trying.ts';
import type { InboundRow } from '../messages/message-row.ts';
import type { MessageTable } from '../messages/message-table.ts';
import type { SessionIdentity } from '../sessions/session-identity.ts';
import { type KnownMessage, type MessageReference, type ReceivedMessage, US } from '../whatsapp/whatsapp-port.ts';
import { phoneAmong } from './message-event.ts';

export interface KnownMessagesOptions {
  readonly identity: SessionIdentity;
  readonly table: Pick<MessageTable, 'outbound' | 'inboundByStanza'>;
  /** Own number for the events, digits. */
  readonly displayPhoneNumber: () => string;
  /** Jids of our own number, without device. */
  readonly ownJids: () => readonly string[];
  readonly persistence: Persistence;
}

/**
 * Finds the messages that a received one speaks of. Stanza ids are chosen by senders, so a row counts only if it is of the chat and of the
 * author that the reference names. Without one (too old, or older than the link) the wamid is the one that it would have had.
 */
export function makeFindMessage(options: KnownMessagesOptions) {
  const { identity, table, displayPhoneNumber, ownJids, persistence } = options;
  const { sessionUid } = identity;

  return async (message: ReceivedMessage, reference: MessageReference): Promise<KnownMessage> => {
    const { stanzaId, author } = reference;
    const isOurs = author === US || ownJids().includes(author);
    const ours = { from: displayPhoneNumber(), authors: ownJids() };
    const out = isOurs ? await keepTrying(persistence, () => table.outbound(sessionUid, stanzaId)) : undefined;
    if (out) return { wamid: out.wamid, ...ours, content: out.content };
    const rows = await keepTrying(persistence, () => table.inboundByStanza(sessionUid, stanzaId));
    const row = rows.find((each) => isSameChat(each, message) && isBy(each, author, isOurs));
    if (row?.fromMe) return { wamid: row.wamid, ...ours, content: row.content };
    if (row) return { wamid: row.wamid, ...authorOf([row.author, row.authorAlt]), content: row.content };
    const id = { sessionUid, stanzaId: StanzaIdSchema.parse(stanzaId) };
    if (isOurs) return { wamid: formatWamid({ ...id, direction: 'out' }), ...ours };
    const them = author === message.author ? [message.author, message.authorAlt] : [author];
    const person = them.find((jid) => jid?.endsWith('@lid')) ?? author;
    return { wamid: formatWamid({ ...id, direction: 'in', authorHash: authorHashOf(person) }), ...authorOf(them) };
  };
}

const authorOf = (jids: readonly (string | undefined)[]): Pick<KnownMessage, 'from' | 'authors'> => {
  const from = phoneAmong(jids);
  return { ...(from !== undefined && { from }), authors: jids.filter((jid) => jid !== undefined) };
};

/** One chat with a person may have gone under both of their addresses. */
function isSameChat(row: InboundRow, message: ReceivedMessage): boolean {
  const people = (of: ReceivedMessage): readonly (string | undefined)[] =>
    of.fromMe ? [of.chat, of.chatAlt] : [of.chat, of.author, of.authorAlt];
  if (row.chat === message.chat) return true;
  if (row.chat.endsWith('@g.us') || message.chat.endsWith('@g.us')) return false;
  return people(row).some((jid) => jid !== undefined && people(message).includes(jid));
}

/** The reference may name the author by the address that the row does not know: then the stanza id has to do, of this chat. */
function isBy(row: InboundRow, author: string, isOurs: boolean): boolean {
  if (isOurs !== row.fromMe) return false;
  if (isOurs || author === row.author || author === row.authorAlt) return true;
  return row.authorAlt === undefined && serverOf(row.author) !== serverOf(author);
}

const serverOf = (jid: string): string => jid.slice(jid.lastIndexOf('@'));
