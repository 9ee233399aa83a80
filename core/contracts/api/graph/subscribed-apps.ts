import * as z from 'zod';

const LONGEST_VERIFY_TOKEN = 256;

const Override = {
  override_callback_uri: z
    .string()
    .nullish()
    .meta({ description: 'Where the webhooks go', example: 'https://example.com/webhook' }),
  verify_token: z
    .string()
    .max(LONGEST_VERIFY_TOKEN)
    .nullish()
    .meta({ description: 'Comes with the handshake toward the receiver as hub.verify_token' }),
} as const;

/** Body of `POST /{account}/subscribed_apps`; may be left out. */
export const SubscribeAppRequestSchema = z.object(Override).meta({ id: 'SubscribeAppRequest' });

/** Body of `POST /{phone_number_id}`. */
export const ChangePhoneNumberRequestSchema = z
  .object({
    webhook_configuration: z
      .object(Override)
      .meta({ description: 'An override_callback_uri that is empty takes the webhook of the number away' }),
  })
  .meta({ id: 'ChangePhoneNumberRequest' });

export const SubscribedAppSchema = z
  .object({
    success: z.literal(true),
    secret: z.string().optional().meta({
      description: 'Extension, shown this once when a webhook is created: the key of X-Hub-Signature-256',
      example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    }),
  })
  .meta({ id: 'SubscribedApp' });
export type SubscribedApp = z.infer<typeof SubscribedAppSchema>;

export const SubscribedAppsSchema = z
  .object({
    data: z.array(
      z.object({
        whatsapp_business_api_data: z.object({
          id: z.string().meta({ description: 'The webhook' }),
          name: z.string(),
          link: z.string(),
        }),
        override_callback_uri: z.string(),
      }),
    ),
  })
  .meta({ id: 'SubscribedApps' });
export type SubscribedApps = z.infer<typeof SubscribedAppsSchema>;
