import * as z from 'zod';
import { FieldsQuery } from './phone-numbers.ts';

/** Meta's limits, characters. */
const LONGEST_ABOUT = 139;
const LONGEST_ADDRESS = 256;
const LONGEST_DESCRIPTION = 512;
const LONGEST_EMAIL = 128;
const LONGEST_WEBSITE = 256;
const MOST_WEBSITES = 2;

/** Meta's words for what a business does. */
export const VERTICALS = [
  'UNDEFINED',
  'OTHER',
  'AUTO',
  'BEAUTY',
  'APPAREL',
  'EDU',
  'ENTERTAIN',
  'EVENT_PLAN',
  'FINANCE',
  'GROCERY',
  'GOVT',
  'HOTEL',
  'HEALTH',
  'NONPROFIT',
  'PROF_SERVICES',
  'RETAIL',
  'TRAVEL',
  'RESTAURANT',
  'NOT_A_BIZ',
] as const;
export type Vertical = (typeof VERTICALS)[number];

/** Query of `GET /{phone_number_id}/whatsapp_business_profile`. */
export const BusinessProfileQuerySchema = z.object(FieldsQuery);

/** Body of `POST /{phone_number_id}/whatsapp_business_profile`: what is left out stays. */
export const ChangeBusinessProfileRequestSchema = z
  .object({
    messaging_product: z.literal('whatsapp'),
    about: z.string().min(1).max(LONGEST_ABOUT).nullish().meta({ description: 'The text below the name' }),
    address: z.string().max(LONGEST_ADDRESS).nullish().meta({ description: 'Only of numbers of WhatsApp Business' }),
    description: z.string().max(LONGEST_DESCRIPTION).nullish(),
    email: z.union([z.literal(''), z.email('must be an e-mail address').max(LONGEST_EMAIL)]).nullish(),
    websites: z
      .array(
        z
          .url({ protocol: /^https?$/, error: 'must be an address that begins with https:// or http://' })
          .max(LONGEST_WEBSITE),
      )
      .max(MOST_WEBSITES)
      .nullish(),
    vertical: z
      .enum([...VERTICALS, ''])
      .nullish()
      .meta({ description: 'Only as it is: a linked device can’t change it' }),
    profile_picture_handle: z.string().nullish().meta({ description: 'Refused: the picture is changed on the phone' }),
  })
  .meta({ id: 'ChangeBusinessProfileRequest' });

export const BusinessProfileSchema = z
  .object({
    data: z.array(
      z.object({
        messaging_product: z.literal('whatsapp').optional(),
        about: z.string().optional(),
        address: z.string().optional(),
        description: z.string().optional(),
        email: z.string().optional(),
        profile_picture_url: z.string().optional().meta({ description: 'At WhatsApp; good for some days' }),
        websites: z.array(z.string()).optional(),
        vertical: z.enum(VERTICALS).optional(),
      }),
    ),
  })
  .meta({ id: 'BusinessProfile' });
export type BusinessProfile = z.infer<typeof BusinessProfileSchema>['data'][number];
