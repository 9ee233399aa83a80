import { metaValidator, type Relaxation } from './meta-schema.ts';
import { WEBHOOK_RELAXATIONS } from './webhook-relaxations.ts';

/** A check of webhook bodies against Meta's description. */
export const webhookValidator = (relaxations: readonly Relaxation[] = WEBHOOK_RELAXATIONS) =>
  metaValidator({ file: 'webhooks.v23.json', root: 'WebhookPayload', relaxations });

/** What is wrong with the body of a webhook by Meta's description, relaxed: nothing, if it is right. */
export const violationsOf = webhookValidator();
