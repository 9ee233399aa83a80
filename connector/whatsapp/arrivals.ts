import { type BinaryNode, decodeMessageNode, jidDecode, jidNormalizedUser } from '@whiskeysockets/baileys';
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
  return {
    stanzaId: StanzaIdSchema.parse(key.id),
    chat: jidNormalizedUser(key.remoteJid ?? ''),
    author: person,
    ...(authorAlt && { authorAlt }),
    fromMe: key.fromMe === true,
    ...(pushName && { profileName: pushName }),
    sentAtMs: Number(stanza.attrs['t'] ?? 0) * 1000,
    content: new Uint8Array(),
  };
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
