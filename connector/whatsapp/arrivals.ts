import {
  type BinaryNode,
  decodeMessageNode,
  isJidBroadcast,
  isJidGroup,
  isJidStatusBroadcast,
  isLidUser,
  jidDecode,
  jidNormalizedUser,
} from '@whiskeysockets/baileys';
import { StanzaIdSchema } from '#core/domain/ids.ts';
import type { AuthLedger } from '../auth-state/auth-ledger.ts';
import type { Arrival, ArrivedPart } from './whatsapp-port.ts';

/** What the engine knows of its own addresses. */
export interface OwnAddresses {
  readonly id: string;
  readonly lid: string;
}

/** Reads the envelope of a message stanza. @throws what Baileys throws for a stanza that is none */
export async function arrivalOf(stanza: BinaryNode, own: OwnAddresses, ledger: AuthLedger): Promise<Arrival> {
  const { fullMessage, author } = decodeMessageNode(stanza, own.id, own.lid);
  const { key, pushName } = fullMessage;
  const person = jidNormalizedUser(author);
  const alt = key.participantAlt ?? (key.fromMe ? undefined : key.remoteJidAlt);
  const authorAlt = alt ? jidNormalizedUser(alt) : await otherAddress(person, ledger);
  const stated = jidNormalizedUser(key.remoteJid ?? '');
  // What comes through a broadcast list is in the chat with its author, as phones show it.
  const list = isBroadcastList(stated) && key.fromMe !== true ? stated : undefined;
  const chat = list === undefined ? stated : person;
  const chatAlt = key.fromMe ? await recipientAlt(stanza, chat, ledger) : undefined;
  return {
    stanzaId: StanzaIdSchema.parse(key.id),
    chat,
    author: person,
    ...(authorAlt && { authorAlt }),
    fromMe: key.fromMe === true,
    ...(list !== undefined && { list }),
    ...(chatAlt && { chatAlt }),
    ...(pushName && { profileName: pushName }),
    sentAtMs: Number(stanza.attrs['t'] ?? 0) * 1000,
    content: new Uint8Array(),
  };
}

/** A status is told through a list too, and is no message. */
const isBroadcastList = (jid: string): boolean => isJidBroadcast(jid) === true && !isJidStatusBroadcast(jid);

/** The other address of the person whom our own number wrote to; undefined in groups. */
async function recipientAlt({ attrs }: BinaryNode, chat: string, ledger: AuthLedger): Promise<string | undefined> {
  if (isJidGroup(chat)) return undefined;
  const named = isLidUser(chat)
    ? (attrs['recipient_pn'] ?? attrs['peer_recipient_pn'])
    : (attrs['recipient_lid'] ?? attrs['peer_recipient_lid']);
  return named ? jidNormalizedUser(named) : otherAddress(chat, ledger);
}

/** Ciphertexts of a stanza in order, each with its place. */
export function partsOf(
  stanza: BinaryNode,
): ReadonlyMap<Uint8Array, { readonly index: number; readonly last: boolean }> {
  const children = Array.isArray(stanza.content) ? stanza.content : [];
  const ciphertexts = children
    .filter(({ tag }) => tag === 'enc')
    .map(({ content }) => content)
    .filter((content): content is Uint8Array => content instanceof Uint8Array);
  return new Map(ciphertexts.map((bytes, index) => [bytes, { index, last: index === ciphertexts.length - 1 }]));
}

/**
 * Has Baileys take a message that came while the line was up behind those that it still has to take of the time before: it queues what
 * is marked as offline and takes all else at once, so that a live message would overtake the backlog of its chat. What the mark means
 * to Baileys beyond that is in events that nobody here listens to. Has to run before Baileys' own listener.
 */
export function inOrderOfArrival(stanza: BinaryNode): void {
  stanza.attrs['offline'] ||= '0';
}

/** Housekeeping between the devices of one number. */
export const isControl = (stanza: BinaryNode): boolean => stanza.attrs['category'] === 'peer';

export const withContent = (part: ArrivedPart, content: Uint8Array): ArrivedPart => ({
  ...part,
  message: { ...part.message, content },
});

/** The device that a jid means, under the name of its LID where that is known, as Baileys stores its sessions. */
export async function deviceOf(jid: string, ledger: AuthLedger): Promise<string> {
  const { user = '', server, device = 0 } = jidDecode(jid) ?? {};
  const lid = server === 'lid' ? user : (await ledger.get('lid-mapping', [user]))[user];
  return `${typeof lid === 'string' ? lid : user}:${device}`;
}

/** Phone number for a LID or the reverse, from what this session has learned; never asks WhatsApp. */
export async function otherAddress(jid: string, ledger: AuthLedger): Promise<string | undefined> {
  const { user = '', server } = jidDecode(jid) ?? {};
  const name = server === 'lid' ? `${user}_reverse` : user;
  const other = (await ledger.get('lid-mapping', [name]))[name];
  if (typeof other !== 'string') return undefined;
  return server === 'lid' ? `${other}@s.whatsapp.net` : `${other}@lid`;
}

/** WhatsApp keeps the content from linked devices. */
export const isUnavailable = ({ content }: BinaryNode): boolean =>
  Array.isArray(content) && content.some(({ tag }) => tag === 'unavailable');
