import type { Composed } from './composed.ts';

export interface Card {
  readonly name: string;
  readonly phone?: string | undefined;
  /** A whole vCard instead of the name and phone alone. */
  readonly vcard?: string | undefined;
}

/** A card as phones share it: the number with its WhatsApp id, which is how a card says that it is there. */
const vcardOf = ({ name, phone, vcard }: Card): string =>
  vcard ??
  [
    'BEGIN:VCARD',
    'VERSION:3.0',
    `N:;${name};;;`,
    `FN:${name}`,
    ...(phone === undefined
      ? []
      : [`item1.TEL;waid=${phone.replaceAll(/\D/g, '')}:${phone}`, 'item1.X-ABLabel:Celular']),
    'END:VCARD',
  ].join('\n');

export function contactsMessage(cards: readonly Card[]): Composed {
  const contacts = cards.map((card) => ({ displayName: card.name, vcard: vcardOf(card) }));
  const [only] = contacts;
  if (only && contacts.length === 1) return { type: 'media', mediaType: 'vcard', message: { contactMessage: only } };
  const contactsArrayMessage = { displayName: `${contacts.length} contatos`, contacts };
  return { type: 'media', mediaType: 'contact_array', message: { contactsArrayMessage } };
}
