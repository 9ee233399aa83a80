import * as z from 'zod';

/** A contact card in Meta's shape: what the connector makes a vCard of. */
export const ContactCardSchema = z.object({
  name: z.object({
    formatted_name: z.string(),
    first_name: z.string().optional(),
    last_name: z.string().optional(),
    middle_name: z.string().optional(),
    suffix: z.string().optional(),
    prefix: z.string().optional(),
  }),
  phones: z
    .array(z.object({ phone: z.string().optional(), type: z.string().optional(), wa_id: z.string().optional() }))
    .optional(),
  emails: z.array(z.object({ email: z.string().optional(), type: z.string().optional() })).optional(),
  org: z
    .object({ company: z.string().optional(), department: z.string().optional(), title: z.string().optional() })
    .optional(),
  addresses: z
    .array(
      z.object({
        street: z.string().optional(),
        city: z.string().optional(),
        state: z.string().optional(),
        zip: z.string().optional(),
        country: z.string().optional(),
        country_code: z.string().optional(),
        type: z.string().optional(),
      }),
    )
    .optional(),
  urls: z.array(z.object({ url: z.string().optional(), type: z.string().optional() })).optional(),
  /** `YYYY-MM-DD`. */
  birthday: z.string().optional(),
});
export type ContactCard = z.infer<typeof ContactCardSchema>;

export const ContactsContentSchema = z.object({
  type: z.literal('contacts'),
  contacts: z.array(ContactCardSchema).min(1),
});
