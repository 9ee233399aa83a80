import { parseRequest } from '#core/contracts/api/request-errors.ts';
import { DEFAULT_GRACE_S, RotateSecretRequestSchema } from '#core/contracts/api/webhook-settings.ts';
import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';
import { GraphError } from '#core/domain/graph-error.ts';
import { newWebhookSecret } from '#core/domain/webhook-secret.ts';
import type { ApiResponse } from '../shared/api-response.ts';
import type { RouteRequest } from '../shared/router.ts';
import { ownWebhook } from './own-webhook.ts';
import type { WebhookDependencies } from './webhook-dependencies.ts';

const changedMeanwhile = () =>
  new GraphError(100, 'The secret was changed by another request at the same time. Look at the webhook first.', {
    status: 409,
  });

/** The secret that receivers certainly know, while there are two. */
function previousOf(row: EndpointRow, nowMs: number, graceMs: number): EndpointRow['previousSecret'] {
  if (graceMs === 0) return undefined;
  const goesOn = row.previousSecret && row.previousSecret.untilMs > nowMs ? row.previousSecret : undefined;
  // A rotation that starts anew drops the secret that nobody has confirmed, and keeps the one before.
  return { ciphertext: goesOn?.ciphertext ?? row.secretCiphertext, untilMs: nowMs + graceMs };
}

/**
 * POST /webhooks/{id}/rotate-secret: the new secret, shown this once. The old one stays valid for its grace.
 * While a rotation goes on there is no third secret: it has to be confirmed, started anew, or cut short with a grace of 0.
 */
export function makeRotateSecret({ endpoints, secrets, clock, random }: WebhookDependencies) {
  return async (request: RouteRequest): Promise<ApiResponse> => {
    const { grace_seconds, restart } = parseRequest(RotateSecretRequestSchema, request.body() ?? {});
    const row = await ownWebhook(endpoints, request);
    const nowMs = clock.now();
    const graceMs = (grace_seconds ?? DEFAULT_GRACE_S) * 1000;
    const until = row.previousSecret?.untilMs ?? 0;
    if (until > nowMs && !restart && graceMs > 0) {
      const details = `A rotation goes on until ${new Date(until).toISOString()}. POST …/rotate-secret/confirm ends it; restart: true replaces its new secret; grace_seconds: 0 revokes both.`;
      throw new GraphError(100, details, { status: 409 });
    }
    const secret = newWebhookSecret(random);
    const previousSecret = previousOf(row, nowMs, graceMs);
    const secretCiphertext = await secrets.encrypt(secret, row);
    const change = { secretCiphertext, previousSecret: previousSecret ?? null };
    if (!(await endpoints.update(row, change, row.secretCiphertext))) throw changedMeanwhile();
    const oldSecretUntil = previousSecret ? new Date(previousSecret.untilMs).toISOString() : null;
    return { body: { secret, old_secret_until: oldSecretUntil } };
  };
}

/** POST /webhooks/{id}/rotate-secret/confirm: every receiver has the new secret; the old one ends now. */
export function makeConfirmRotation({ endpoints }: WebhookDependencies) {
  return async (request: RouteRequest): Promise<ApiResponse> => {
    const row = await ownWebhook(endpoints, request);
    if (!(await endpoints.update(row, { previousSecret: null }, row.secretCiphertext))) throw changedMeanwhile();
    return { body: { success: true } };
  };
}
