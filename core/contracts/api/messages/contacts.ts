import * as z from 'zod';
import { someTextOf, textOf } from './characters.ts';

/** Meta's documentation; its OpenAPI says 5. */
const MOST_CONTACTS = 257;
/** Longest of all fields, characters, and most entries of a list: Meta writes of none. */
const LONGEST_FIELD = 1024;
const MOST_ENTRIES = 100;

const field = textOf(LONGEST_FIELD).nullish();
const list = <T extends z.ZodRawShape>(entry: T) => z.array(z.object(entry)).max(MOST_ENTRIES).nullish();
/** HOME, WORK, CELL, MAIN, IPHONE …: Meta's OpenAPI knows two, its own webhooks have more. */
const type = field.meta({ example: 'WORK' });

/** Parts of a name of which Meta wants one beside `formatted_name`. */
const PARTS = ['first_name', 'last_name', 'middle_name', 'suffix', 'prefix'] as const;

const NameSchema = z
  .object({
    formatted_name: someTextOf(LONGEST_FIELD),
    first_name: field,
    last_name: field,
    middle_name: field,
    suffix: field,
    prefix: field,
  })
  .refine((name) => PARTS.some((part) => Boolean(name[part])), `needs one of ${PARTS.join(', ')}`);

const BIRTHDAY = 'must be a date as YYYY-MM-DD';

export const ContactSchema = z
  .object({
    name: NameSchema,
    phones: list({ phone: field, type, wa_id: field }),
    emails: list({ email: field, type }),
    org: z.object({ company: field, department: field, title: field }).nullish(),
    addresses: list({
      street: field,
      city: field,
      state: field,
      zip: field,
      country: field,
      country_code: field,
      type,
    }),
    urls: list({ url: field, type }),
    birthday: z.iso.date(BIRTHDAY).or(z.literal('')).nullish().meta({ example: '1999-01-23' }),
  })
  .meta({ id: 'Contact' });

export const ContactsSchema = z.array(ContactSchema).min(1).max(MOST_CONTACTS);
