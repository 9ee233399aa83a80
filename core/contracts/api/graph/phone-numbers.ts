import * as z from 'zod';
import { PageQuery, PagingSchema } from '../paging.ts';

/** Graph's `fields`: names, of which each may have more inside. */
export const FieldsQuery = {
  fields: z.string().optional().meta({ description: 'All if left out', example: 'id,display_phone_number,status' }),
} as const;

/** Query of `GET /{account}/phone_numbers`. */
export const PhoneNumbersQuerySchema = z.object({
  ...FieldsQuery,
  ...PageQuery,
  before: PageQuery.after.meta({ description: 'paging.cursors.before of the page behind this one' }),
});

/** A number as Meta shows it. */
export const PhoneNumberSchema = z
  .object({
    id: z.string().meta({ example: '100200300' }),
    display_phone_number: z
      .string()
      .meta({ description: 'Empty until a phone has linked it', example: '+5511987654321' }),
    verified_name: z.string().optional().meta({ description: 'The profile name, or the name of the session' }),
    status: z
      .enum(['CONNECTED', 'DISCONNECTED', 'PENDING', 'BANNED'])
      .meta({ description: 'PENDING: never linked to a phone' }),
    quality_rating: z.literal('NA').meta({ description: 'WhatsApp tells linked devices nothing of it' }),
    code_verification_status: z.enum(['VERIFIED', 'UNVERIFIED']),
    name_status: z.literal('AVAILABLE_WITHOUT_REVIEW'),
    platform_type: z.literal('CLOUD_API'),
    account_mode: z.literal('LIVE'),
    throughput: z.object({ level: z.literal('STANDARD') }),
    is_official_business_account: z.literal(false),
    is_pin_enabled: z.literal(false),
    is_on_biz_app: z.literal(true).meta({ description: 'A phone keeps the number, as with coexistence' }),
    last_onboarded_time: z.string().meta({ description: 'When the session was created' }),
    webhook_configuration: z
      .object({
        phone_number: z.string().optional(),
        whatsapp_business_account: z.string().optional(),
        application: z.string().optional(),
      })
      .optional()
      .meta({ description: 'Only when fields names it: the webhooks of the number and of the account' }),
  })
  .partial()
  .required({ id: true })
  .meta({ id: 'PhoneNumber' });
export type PhoneNumberResource = z.infer<typeof PhoneNumberSchema>;

export const PhoneNumberListSchema = z
  .object({ data: z.array(PhoneNumberSchema), paging: PagingSchema })
  .meta({ id: 'PhoneNumberList' });
