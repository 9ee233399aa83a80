import type { EndpointRepository } from '#core/adapters/dynamodb/endpoint-repository.ts';
import type { SessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import type { WebhookUrlCheck } from '#core/adapters/http/webhook-url.ts';
import type { WebhookSecrets } from '#core/adapters/kms-secrets.ts';
import { parseRequest } from '#core/contracts/api/request-errors.ts';
import { CreateWebhookRequestSchema } from '#core/contracts/api/webhooks.ts';
import { EVENT_TYPES } from '#core/contracts/event.ts';
import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import { GraphError, objectMissing } from '#core/domain/graph-error.ts';
import {
  type AccountId,
  type EndpointId,
  EndpointIdSchema,
  newEndpointId,
  type RandomBytes,
} from '#core/domain/ids.ts';
import { newWebhookSecret } from '#core/domain/webhook-secret.ts';
import type { ApiResponse } from '../shared/api-response.ts';
import { ownSession } from '../shared/own-session.ts';
import type { RouteRequest } from '../shared/router.ts';
import { webhookResource } from './webhook-resource.ts';

/** What the routes below /webhooks work with. */
export interface WebhookDependencies {
  readonly endpoints: EndpointRepository;
  readonly sessions: Pick<SessionRepository, 'get'>;
  readonly secrets: WebhookSecrets;
  readonly checkUrl: WebhookUrlCheck;
  /** Tells the connectors that an account's webhooks changed. */
  readonly announce: (accountId: AccountId, traceId: string) => Promise<void>;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

/** POST /webhooks: 201 with the secret, which is never shown again. */
export function makeCreateWebhook(dependencies: WebhookDependencies) {
  const { endpoints, sessions, secrets, checkUrl, announce, clock, random } = dependencies;
  return async (request: RouteRequest): Promise<ApiResponse> => {
    const { url, session: id, events } = parseRequest(CreateWebhookRequestSchema, request.body() ?? {});
    const refusal = await checkUrl(url);
    if (refusal) throw new GraphError(100, `url: ${refusal}.`);
    const session = id ? await ownSession(sessions, { ...request, id }) : undefined;
    const { accountId } = request.caller;
    const endpointId = newEndpointId(random);
    const secret = newWebhookSecret(random);
    const row: EndpointRow = {
      accountId,
      endpointId,
      url,
      events: [...new Set(events ?? EVENT_TYPES)],
      ...(session ? { session: { sessionId: session.sessionId, sessionUid: session.sessionUid } } : {}),
      secretCiphertext: await secrets.encrypt(secret, { accountId, endpointId }),
      createdAtMs: clock.now(),
    };
    await endpoints.create(row);
    await announce(accountId, request.traceId);
    return { status: 201, headers: { location: `/webhooks/${endpointId}` }, body: { ...webhookResource(row), secret } };
  };
}

/** GET /webhooks */
export function makeListWebhooks({ endpoints }: WebhookDependencies) {
  return async ({ caller }: RouteRequest): Promise<ApiResponse> => ({
    body: { data: (await endpoints.list(caller.accountId)).map(webhookResource) },
  });
}

/** GET /webhooks/{id} */
export function makeGetWebhook({ endpoints }: WebhookDependencies) {
  return async (request: RouteRequest): Promise<ApiResponse> => {
    const row = await endpoints.get(request.caller.accountId, idOf(request));
    if (!row) throw missing(request);
    return { body: webhookResource(row) };
  };
}

/** DELETE /webhooks/{id}: what is on its way to it is dropped. */
export function makeDeleteWebhook({ endpoints, announce }: WebhookDependencies) {
  return async (request: RouteRequest): Promise<ApiResponse> => {
    const { accountId } = request.caller;
    if (!(await endpoints.remove(accountId, idOf(request)))) throw missing(request);
    await announce(accountId, request.traceId);
    return { body: { success: true } };
  };
}

function idOf(request: RouteRequest): EndpointId {
  const id = EndpointIdSchema.safeParse(request.id);
  if (!id.success) throw missing(request);
  return id.data;
}

const missing = ({ method, id }: RouteRequest): GraphError =>
  objectMissing(`Webhook '${id.slice(0, MOST_ECHOED)}'`, { status: 404, method });

/** Longest piece of the caller's own path that an error repeats, characters. */
const MOST_ECHOED = 40;
