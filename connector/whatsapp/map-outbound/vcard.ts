import type { ContactCard } from '#core/contracts/outbound/contacts.ts';

/** Text of a field: commas, semicolons, backslashes and line ends have a meaning in vCards (RFC 2426, section 4). */
const escaped = (text = ''): string => text.replaceAll(/[\\,;]/g, '\\$&').replaceAll(/\r\n|\r|\n/g, '\\n');

/** Value of a parameter: nothing that could end it. */
const parameter = (text: string): string => text.replaceAll(/[^\w-]/g, '');

const typeOf = (type: string | undefined): string => (type ? `;type=${parameter(type)}` : '');

/** A contact as vCard 3.0, the form that WhatsApp sends. Phones that are on WhatsApp carry their number as `waid`. */
export function vcardOf(card: ContactCard): string {
  const { name, phones = [], emails = [], org, addresses = [], urls = [], birthday } = card;
  const parts = [name.last_name, name.first_name, name.middle_name, name.prefix, name.suffix];
  const lines = [
    'BEGIN:VCARD',
    'VERSION:3.0',
    `N:${parts.map(escaped).join(';')}`,
    `FN:${escaped(name.formatted_name)}`,
    ...(org?.company || org?.department ? [`ORG:${[org.company, org.department].map(escaped).join(';')}`] : []),
    ...(org?.title ? [`TITLE:${escaped(org.title)}`] : []),
    ...phones.map((each) => `TEL${typeOf(each.type)}${waidOf(each)}:${escaped(each.phone ?? each.wa_id)}`),
    ...emails.map(({ type, email }) => `EMAIL${typeOf(type)}:${escaped(email)}`),
    ...addresses.map((each) => `ADR${typeOf(each.type)}:${addressOf(each)}`),
    ...urls.map(({ type, url }) => `URL${typeOf(type)}:${escaped(url)}`),
    ...(birthday ? [`BDAY:${birthday}`] : []),
    'END:VCARD',
  ];
  return lines.join('\n');
}

function waidOf({ wa_id: waId }: { readonly wa_id?: string | undefined }): string {
  return waId ? `;waid=${parameter(waId)}` : '';
}

type CardAddress = NonNullable<ContactCard['addresses']>[number];

/** Post office box and extension stay empty: Meta's contacts have neither. */
const addressOf = ({ street, city, state, zip, country }: CardAddress): string =>
  ['', '', ...[street, city, state, zip, country].map(escaped)].join(';');
