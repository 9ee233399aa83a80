import * as z from 'zod';
import { SessionIdSchema } from '../../domain/ids.ts';
import { EVENT_TYPES, EventTypeSchema } from '../event.ts';
import { TimeSchema } from './sessions.ts';

/** Body of `POST /webhooks`. */
export const CreateWebhookRequestSchema = z
  .object({
    url: z
      .string()
      .min(1)
      .meta({ description: 'http(s), reachable from the internet', example: 'https://example.com/webhook' }),
    session: SessionIdSchema.nullish().meta({
      description: 'Only events of this session; all of the account if left out',
    }),
    events: z
      .array(EventTypeSchema)
      .min(1)
      .nullish()
      .meta({ description: `Kinds of events; all of them (${EVENT_TYPES.join(', ')}) if left out` }),
  })
  .meta({ id: 'CreateWebhookRequest' });

/** A subscription as the API shows it. */
export const WebhookSchema = z
  .object({
    id: z.string().meta({ example: 'wh_0123456789abcdef01234567' }),
    url: z.string(),
    session: z.string().nullable(),
    events: z.array(EventTypeSchema),
    created_at: TimeSchema,
  })
  .meta({ id: 'Webhook' });
export type WebhookResource = z.infer<typeof WebhookSchema>;

export const CreatedWebhookSchema = WebhookSchema.extend({
  secret: z.string().meta({
    description:
      'Shown this once. Key of X-Hub-Signature-256 as it stands; key of webhook-signature (Standard Webhooks) base64-decoded after whsec_',
  }),
}).meta({ id: 'CreatedWebhook' });

export const WebhookListSchema = z.object({ data: z.array(WebhookSchema) }).meta({ id: 'WebhookList' });
