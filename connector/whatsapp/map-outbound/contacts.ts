import type { proto } from '@whiskeysockets/baileys';
import { vcardOf } from './vcard.ts';
import type { Content, WireMessage } from './writing.ts';

/** One card, or several in one message. */
export function writeContacts(
  { contacts }: Content<'contacts'>,
  contextInfo: proto.IContextInfo | undefined,
): WireMessage {
  const context = contextInfo ? { contextInfo } : {};
  const cards = contacts.map((card) => ({ displayName: card.name.formatted_name, vcard: vcardOf(card) }));
  const [first, ...more] = cards;
  if (first && more.length === 0) return { message: { contactMessage: { ...first, ...context } } };
  const displayName = cards.map((card) => card.displayName).join(', ');
  return { message: { contactsArrayMessage: { displayName, contacts: cards, ...context } } };
}
