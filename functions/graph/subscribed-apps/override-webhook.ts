import type { EndpointRepository } from '#core/adapters/dynamodb/endpoint-repository.ts';
import type { EndpointStateRepository } from '#core/adapters/dynamodb/endpoint-state-repository.ts';
import type { WebhookUrlCheck } from '#core/adapters/http/webhook-url.ts';
import type { WebhookSecrets } from '#core/adapters/kms-secrets.ts';
import type { SubscribedApp } from '#core/contracts/api/graph/subscribed-apps.ts';
import { DEFAULT_EVENT_TYPES } from '#core/contracts/event.ts';
import { type EndpointRow, EndpointRowSchema } from '#core/contracts/rows/endpoint-row.ts';
import { GraphError } from '#core/domain/graph-error.ts';
import { type AccountId, newEndpointId } from '#core/domain/ids.ts';
import { newWebhookSecret } from '#core/domain/webhook-secret.ts';
import { type HandshakeCaller, requireHandshake } from '../../shared/webhooks/handshake.ts';

export interface OverrideDependencies extends HandshakeCaller {
  readonly endpoints: EndpointRepository;
  readonly states: Pick<EndpointStateRepository, 'reset' | 'remove'>;
  readonly secrets: Pick<WebhookSecrets, 'encrypt' | 'decryptHeaders'>;
  readonly checkUrl: WebhookUrlCheck;
  readonly announce: (accountId: AccountId, traceId: string) => Promise<void>;
}

/** Whose override it is: the account's, or one number's. */
export interface OverrideOwner {
  readonly accountId: AccountId;
  readonly session?: EndpointRow['session'];
  readonly traceId: string;
}

/** Name of a webhook that was made by Meta's own way; by it the next call finds it again. */
const OVERRIDE = 'override_callback_uri';

/** The webhook that Meta's override has made for an owner. */
export const overrideOf = (rows: readonly EndpointRow[], { session }: OverrideOwner): EndpointRow | undefined =>
  rows.find((row) => row.name === OVERRIDE && row.session?.sessionUid === session?.sessionUid);

/**
 * Points the override of an account or a number to a URL, after Meta's handshake with it. There is one for each owner: another URL takes
 * the place of the one before, and its secret stays.
 * @returns with the secret when it was made by this call
 * @throws GraphError 100 for a URL that can't be one of a webhook, or a receiver that does not repeat the challenge
 */
export async function setOverride(
  dependencies: OverrideDependencies,
  owner: OverrideOwner,
  { url, verifyToken }: { readonly url: string; readonly verifyToken: string | undefined },
): Promise<SubscribedApp> {
  const { endpoints, states, secrets, checkUrl, announce, clock, random } = dependencies;
  const refusal = await checkUrl(url);
  if (refusal) throw new GraphError(100, `${OVERRIDE}: ${refusal}.`);
  const { accountId, session } = owner;
  const known = overrideOf(await endpoints.list(accountId), owner);
  const headers = known ? await secrets.decryptHeaders(known) : {};
  await requireHandshake(dependencies, { url, headers, verifyToken }, OVERRIDE);
  if (known) {
    // Before it is switched on, so that nothing of the failures before is held against it.
    if (known.disabled) await states.reset(known.endpointId);
    await endpoints.update(known, { url, disabled: null });
    await announce(accountId, owner.traceId);
    return { success: true };
  }
  const ids = { accountId, endpointId: newEndpointId(random) };
  const secret = newWebhookSecret(random);
  const row = EndpointRowSchema.parse({
    ...ids,
    name: OVERRIDE,
    url,
    events: DEFAULT_EVENT_TYPES,
    ...(session ? { session } : {}),
    secretCiphertext: await secrets.encrypt(secret, ids),
    createdAtMs: clock.now(),
  });
  await endpoints.create(row);
  await announce(accountId, owner.traceId);
  return { success: true, secret };
}

/** Takes the override of an owner away; what is on its way to it is dropped. */
export async function removeOverride(
  { endpoints, states, announce }: OverrideDependencies,
  owner: OverrideOwner,
): Promise<void> {
  const known = overrideOf(await endpoints.list(owner.accountId), owner);
  if (!known) return;
  await endpoints.remove(owner.accountId, known.endpointId);
  await states.remove(known.endpointId);
  await announce(owner.accountId, owner.traceId);
}
