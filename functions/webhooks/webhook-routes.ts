import type { EndpointChange } from '#core/adapters/dynamodb/endpoint-repository.ts';
import { parseRequest } from '#core/contracts/api/request-errors.ts';
import { ChangeWebhookRequestSchema, CreateWebhookRequestSchema } from '#core/contracts/api/webhook-settings.ts';
import { DEFAULT_EVENT_TYPES } from '#core/contracts/event.ts';
import { type EndpointRow, EndpointRowSchema } from '#core/contracts/rows/endpoint-row.ts';
import { newEndpointId } from '#core/domain/ids.ts';
import { newWebhookSecret } from '#core/domain/webhook-secret.ts';
import type { ApiResponse } from '../shared/api-response.ts';
import type { RouteRequest } from '../shared/router.ts';
import { requireHandshake } from '../shared/webhooks/handshake.ts';
import { ownWebhook, webhookIdOf, webhookMissing } from './own-webhook.ts';
import type { WebhookDependencies } from './webhook-dependencies.ts';
import { webhookResource } from './webhook-resource.ts';
import { changeOf } from './webhook-settings.ts';

/** POST /webhooks: 201 with the secret, which is never shown again. */
export function makeCreateWebhook(dependencies: WebhookDependencies) {
  const { endpoints, secrets, announce, clock, random } = dependencies;
  return async (request: RouteRequest): Promise<ApiResponse> => {
    const settings = parseRequest(CreateWebhookRequestSchema, request.body() ?? {});
    const ids = { accountId: request.caller.accountId, endpointId: newEndpointId(random) };
    const change = await changeOf(dependencies, request, settings, ids);
    if (settings.verify) await handshake(dependencies, settings, { url: settings.url, ...ids, ...set(change) });
    const secret = newWebhookSecret(random);
    const secretCiphertext = await secrets.encrypt(secret, ids);
    const row = EndpointRowSchema.parse({
      ...ids,
      events: DEFAULT_EVENT_TYPES,
      secretCiphertext,
      createdAtMs: clock.now(),
      ...set(change),
    });
    await endpoints.create(row);
    await announce(ids.accountId, request.traceId);
    const body = { ...webhookResource(row, { parked: 0 }, clock.now()), secret };
    return { status: 201, headers: { location: `/webhooks/${ids.endpointId}` }, body };
  };
}

/** PATCH /webhooks/{id}: what is named changes; requests that are tried again use the new settings. */
export function makeChangeWebhook(dependencies: WebhookDependencies) {
  const { endpoints, health, states, announce, clock } = dependencies;
  return async (request: RouteRequest): Promise<ApiResponse> => {
    const settings = parseRequest(ChangeWebhookRequestSchema, request.body() ?? {});
    const row = await ownWebhook(endpoints, request);
    const change = await changeOf(dependencies, request, settings, row);
    if (settings.verify) await handshake(dependencies, settings, { ...row, ...set(change) });
    // Before it is switched on, so that nothing of the failures before is held against it.
    if (row.disabled && change.disabled === null) await states.reset(row.endpointId);
    const changed = Object.keys(change).length === 0 ? row : await endpoints.update(row, change);
    if (!changed) throw webhookMissing(request);
    await announce(row.accountId, request.traceId);
    return { body: webhookResource(changed, await health.of(row.endpointId), clock.now()) };
  };
}

/** GET /webhooks */
export function makeListWebhooks({ endpoints, health, clock }: WebhookDependencies) {
  return async ({ caller }: RouteRequest): Promise<ApiResponse> => {
    const rows = await endpoints.list(caller.accountId);
    const known = await health.ofAll(rows.map(({ endpointId }) => endpointId));
    const nowMs = clock.now();
    return { body: { data: rows.map((row) => webhookResource(row, known.get(row.endpointId) ?? {}, nowMs)) } };
  };
}

/** GET /webhooks/{id} */
export function makeGetWebhook({ endpoints, health, clock }: WebhookDependencies) {
  return async (request: RouteRequest): Promise<ApiResponse> => {
    const row = await ownWebhook(endpoints, request);
    return { body: webhookResource(row, await health.of(row.endpointId), clock.now()) };
  };
}

/** DELETE /webhooks/{id}: what is on its way to it is dropped. */
export function makeDeleteWebhook({ endpoints, states, announce }: WebhookDependencies) {
  return async (request: RouteRequest): Promise<ApiResponse> => {
    const { accountId } = request.caller;
    const endpointId = webhookIdOf(request);
    if (!(await endpoints.remove(accountId, endpointId))) throw webhookMissing(request);
    await states.remove(endpointId);
    await announce(accountId, request.traceId);
    return { body: { success: true } };
  };
}

/** What of a change a row that it is put over would have. */
const set = (change: EndpointChange): Partial<EndpointRow> =>
  Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined && value !== null));

type Asked = Pick<EndpointRow, 'url' | 'accountId' | 'endpointId' | 'headersCiphertext'>;

async function handshake(
  dependencies: WebhookDependencies,
  { verify_token }: { readonly verify_token?: string | null | undefined },
  row: Asked,
): Promise<void> {
  const headers = await dependencies.secrets.decryptHeaders(row);
  await requireHandshake(dependencies, { url: row.url, headers, verifyToken: verify_token ?? undefined });
}
