import * as z from 'zod';

/** Meta writes these in both cases. */
const lowerCase = (value: unknown): unknown => (typeof value === 'string' ? value.toLowerCase() : value);

/** Body of `POST /{phone_number_id}/settings`: Meta's switches, of which a linked device has none. */
export const ChangeSettingsRequestSchema = z
  .object({
    calling: z.object({ status: z.preprocess(lowerCase, z.literal('disabled').nullish()) }).nullish(),
    payload_encryption: z.object({ status: z.preprocess(lowerCase, z.literal('disabled').nullish()) }).nullish(),
    storage_configuration: z.object({ status: z.preprocess(lowerCase, z.literal('default').nullish()) }).nullish(),
  })
  .meta({ id: 'ChangeSettingsRequest' });

export const SettingsSchema = z
  .object({
    calling: z.object({
      status: z.literal('disabled'),
      call_icon_visibility: z.literal('visible'),
      ip_addresses: z.object({ default: z.array(z.string()) }),
      callback_permission_status: z.literal('disabled'),
    }),
    payload_encryption: z.object({ status: z.literal('disabled') }),
    storage_configuration: z.object({ status: z.literal('default') }),
  })
  .meta({ id: 'Settings' });
export type Settings = z.infer<typeof SettingsSchema>;
