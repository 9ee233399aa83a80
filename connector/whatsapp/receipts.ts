import { areJidsSameUser, type BinaryNode, isJidGroup, jidDecode, jidNormalizedUser } from '@whiskeysockets/baileys';
import type { AuthLedger } from '../auth-state/auth-ledger.ts';
import { type OwnAddresses, otherAddress } from './arrivals.ts';
import type { Receipt, ReceiptKind } from './whatsapp-port.ts';

/** WhatsApp's receipt types that tell of another person's device; absent means delivered. */
const KINDS: ReadonlyMap<string, ReceiptKind> = new Map([
  ['', 'delivered'],
  ['inactive', 'delivered'],
  ['read', 'read'],
  ['played', 'played'],
]);

/** Reads a receipt stanza; undefined when it is about our own devices or asks for a message again. */
export function receiptOf(stanza: BinaryNode, own: OwnAddresses): Receipt | undefined {
  const { id, from, participant, recipient, type = '', t } = stanza.attrs;
  const kind = KINDS.get(type);
  if (!kind || !id || !from || recipient) return undefined;
  const person = participant ?? from;
  if (areJidsSameUser(person, own.id) || areJidsSameUser(person, own.lid)) return undefined;
  return {
    kind,
    stanzaIds: [id, ...listed(stanza)],
    chat: jidNormalizedUser(from),
    person: jidNormalizedUser(person),
    ...(isJidGroup(from) && participant && { participant: digitsOf(stanza, participant) }),
    atMs: Number(t ?? 0) * 1000,
  };
}

/** Adds the phone number of a group's member whom the stanza names by LID only, if this session has learned it. */
export async function withParticipant(receipt: Receipt, ledger: AuthLedger): Promise<Receipt> {
  if (receipt.participant !== undefined || !isJidGroup(receipt.chat)) return receipt;
  const address = receipt.person.endsWith('@lid') ? await otherAddress(receipt.person, ledger) : undefined;
  const participant = address === undefined ? undefined : jidDecode(address)?.user;
  return participant === undefined ? receipt : { ...receipt, participant };
}

/** Further ids: one stanza may speak for many messages. */
function listed({ content }: BinaryNode): string[] {
  const list = Array.isArray(content) ? content.find(({ tag }) => tag === 'list') : undefined;
  const items = Array.isArray(list?.content) ? list.content : [];
  return items.flatMap(({ tag, attrs }) => (tag === 'item' && attrs['id'] ? [attrs['id']] : []));
}

/** The phone number when the stanza has it; a LID is not one. */
function digitsOf(stanza: BinaryNode, participant: string): string | undefined {
  const phone = participant.endsWith('@lid') ? stanza.attrs['participant_pn'] : participant;
  return phone === undefined ? undefined : jidDecode(phone)?.user;
}
