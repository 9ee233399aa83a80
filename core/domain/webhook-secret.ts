import * as z from 'zod';
import type { RandomBytes } from './ids.ts';

/** Standard Webhooks asks for 24 to 64 bytes. */
const SECRET_BYTES = 32;

/** The shared secret of a webhook: `whsec_` and 32 bytes in base64. */
export const WebhookSecretSchema = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]{43}=$/, 'a webhook secret is whsec_ and 32 bytes in base64')
  .brand<'WebhookSecret'>();
export type WebhookSecret = z.infer<typeof WebhookSecretSchema>;

export const newWebhookSecret = (random: RandomBytes): WebhookSecret =>
  WebhookSecretSchema.parse(`whsec_${Buffer.from(random(SECRET_BYTES)).toString('base64')}`);
