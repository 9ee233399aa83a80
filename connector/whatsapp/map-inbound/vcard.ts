import type { SharedContact } from '#core/contracts/inbound/contacts.ts';
import { canonicalNumber } from '#core/domain/phone-number.ts';

/** One line of a card: `item1.TEL;type=CELL;waid=5511…:+55 11 …`. */
interface Property {
  readonly name: string;
  readonly types: readonly string[];
  readonly waid: string | undefined;
  readonly value: string;
}

/** RFC 2426 and what WhatsApp and phones write: an optional group, the name, parameters, the value. */
const LINE = /^(?:[\w-]+\.)?([\w-]+)((?:;[^:]*)?):(.*)$/s;
/** Parameters that say nothing of a type. */
const NO_TYPES = new Set(['PREF', 'INTERNET', 'VOICE']);

/** A contact card (vCard 2.1, 3 or 4) in Meta's shape. @param displayName how the sender's phone shows it */
export function contactOfCard(card: string, displayName: string): SharedContact {
  const properties = propertiesOf(card);
  const all = (name: string) => properties.filter((property) => property.name === name && property.value !== '');
  const value = (name: string) => plain(all(name)[0]?.value ?? '');
  const phones = all('TEL').map(({ value: phone, types, waid }) => ({
    phone: plain(phone),
    ...typeOf(types),
    ...(waid && { wa_id: canonicalNumber(waid) }),
  }));
  const emails = all('EMAIL').map(({ value: email, types }) => ({ email: plain(email), ...typeOf(types) }));
  const urls = all('URL').map(({ value: url, types }) => ({ url: plain(url), ...typeOf(types) }));
  const addresses = all('ADR').map(addressOf);
  const org = orgOf(all('ORG')[0]?.value ?? '', value('TITLE'));
  const birthday = birthdayOf(value('BDAY'));
  return {
    name: nameOf(all('N')[0]?.value ?? '', value('FN') || displayName),
    ...(phones.length > 0 && { phones }),
    ...(emails.length > 0 && { emails }),
    ...(org && { org }),
    ...(addresses.length > 0 && { addresses }),
    ...(urls.length > 0 && { urls }),
    ...(birthday && { birthday }),
  };
}

function propertiesOf(card: string): readonly Property[] {
  // A line that begins with a space goes on with the one before.
  const lines = card.replaceAll(/\r?\n[ \t]/g, '').split(/\r?\n/);
  return lines.flatMap((line) => {
    const [, name = '', parameters = '', value = ''] = LINE.exec(line) ?? [];
    return name ? [{ name: name.toUpperCase(), ...parametersOf(parameters), value }] : [];
  });
}

function parametersOf(written: string): Pick<Property, 'types' | 'waid'> {
  const parameters = written.split(';').filter(Boolean);
  const waid = parameters.find((each) => /^waid=\d+$/i.test(each))?.slice('waid='.length);
  const types = parameters.flatMap((each) => {
    const [key = '', types] = each.split('=');
    if (types === undefined) return [key];
    return key.toUpperCase() === 'TYPE' ? types.replaceAll('"', '').split(',') : [];
  });
  return { waid, types: types.map((type) => type.toUpperCase()).filter((type) => !NO_TYPES.has(type)) };
}

const typeOf = ([type]: readonly string[]): { readonly type?: string } => (type ? { type } : {});

/** Members of a structured value, `;` between them unless it is escaped. */
const membersOf = (value: string): readonly string[] => value.split(/(?<!\\);/).map(plain);

const plain = (value: string): string =>
  value.replaceAll(/\\([nN;,:\\])/g, (_, character: string) => (/n/i.test(character) ? '\n' : character)).trim();

function nameOf(structured: string, formatted: string): SharedContact['name'] {
  const [last, first, middle, prefix, suffix] = membersOf(structured);
  return {
    formatted_name: formatted || [prefix, first, middle, last, suffix].filter(Boolean).join(' '),
    ...(first && { first_name: first }),
    ...(last && { last_name: last }),
    ...(middle && { middle_name: middle }),
    ...(prefix && { prefix }),
    ...(suffix && { suffix }),
  };
}

function orgOf(structured: string, title: string): SharedContact['org'] {
  const [company, department] = membersOf(structured);
  if (!company && !department && !title) return undefined;
  return { ...(company && { company }), ...(department && { department }), ...(title && { title }) };
}

function addressOf({ value, types }: Property) {
  // Post box and extended address come first.
  const [, , street, city, state, zip, country] = membersOf(value);
  return {
    ...(street && { street }),
    ...(city && { city }),
    ...(state && { state }),
    ...(zip && { zip }),
    ...(country && { country }),
    ...typeOf(types),
  };
}

/** 1999-01-23 or 19990123, with or without a time; a day without a year is none for Meta. */
function birthdayOf(written: string): string | undefined {
  const [, year, month, day] = /^(\d{4})-?(\d\d)-?(\d\d)/.exec(written) ?? [];
  return year ? `${year}-${month}-${day}` : undefined;
}
