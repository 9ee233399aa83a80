import type { Reader } from './reading.ts';
import { contactOfCard } from './vcard.ts';

/** One contact card or several. */
export const readContacts: Reader = (message) => {
  const cards = message.contactsArrayMessage?.contacts ?? (message.contactMessage ? [message.contactMessage] : []);
  if (cards.length === 0) return undefined;
  const contacts = cards.map(({ vcard, displayName }) => contactOfCard(vcard ?? '', displayName ?? ''));
  return { content: { type: 'contacts', contacts } };
};
