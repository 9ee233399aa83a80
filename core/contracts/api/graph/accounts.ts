import * as z from 'zod';

/** An account as Meta shows a WhatsApp Business account. */
export const AccountSchema = z
  .object({
    id: z.string().meta({ example: '123456789012345678' }),
    name: z.string(),
    timezone_id: z.string().meta({ description: 'Meta’s number for UTC' }),
    message_template_namespace: z.string(),
    account_review_status: z.literal('APPROVED'),
    business_verification_status: z.literal('UNVERIFIED'),
    ownership_type: z.literal('SELF_OWNED'),
  })
  .partial()
  .required({ id: true })
  .meta({ id: 'Account' });
export type AccountResource = z.infer<typeof AccountSchema>;

/** Query of `GET /debug_token`. */
export const DebugTokenQuerySchema = z.object({
  input_token: z.string().min(1).meta({ description: 'The key to look at' }),
});

export const DebugTokenSchema = z
  .object({
    data: z
      .object({
        app_id: z.string(),
        application: z.string().meta({ description: 'Name of the key' }),
        type: z.literal('SYSTEM_USER'),
        is_valid: z.boolean(),
        expires_at: z.literal(0).meta({ description: 'Never' }),
        data_access_expires_at: z.literal(0),
        issued_at: z.int().meta({ description: 'Seconds since the epoch' }),
        scopes: z.array(z.string()),
        granular_scopes: z.array(z.object({ scope: z.string(), target_ids: z.array(z.string()) })),
        user_id: z.string(),
        error: z.object({ code: z.int(), message: z.string() }).meta({ description: 'Of a key that is not valid' }),
      })
      .partial()
      .required({ is_valid: true, scopes: true }),
  })
  .meta({ id: 'DebugToken' });
export type DebugToken = z.infer<typeof DebugTokenSchema>;
