import * as z from 'zod';

const text = z.string().optional();

/** One contact card. `phones[].wa_id` is there where the card says that the number is on WhatsApp. */
export const SharedContactSchema = z.object({
  name: z.object({
    formatted_name: z.string(),
    first_name: text,
    last_name: text,
    middle_name: text,
    prefix: text,
    suffix: text,
  }),
  phones: z.array(z.object({ phone: text, type: text, wa_id: text })).optional(),
  emails: z.array(z.object({ email: text, type: text })).optional(),
  org: z.object({ company: text, department: text, title: text }).optional(),
  addresses: z
    .array(
      z.object({
        street: text,
        city: text,
        state: text,
        zip: text,
        country: text,
        country_code: text,
        type: text,
      }),
    )
    .optional(),
  urls: z.array(z.object({ url: text, type: text })).optional(),
  /** YYYY-MM-DD. */
  birthday: text,
});
export type SharedContact = z.infer<typeof SharedContactSchema>;

export const ContactsContentSchema = z.object({
  type: z.literal('contacts'),
  contacts: z.array(SharedContactSchema).min(1),
});
