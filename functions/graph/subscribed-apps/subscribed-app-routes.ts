import {
  ChangePhoneNumberRequestSchema,
  SubscribeAppRequestSchema,
  type SubscribedApps,
} from '#core/contracts/api/graph/subscribed-apps.ts';
import { parseRequest } from '#core/contracts/api/request-errors.ts';
import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';
import { GraphError } from '#core/domain/graph-error.ts';
import type { ApiResponse } from '../../shared/api-response.ts';
import type { GraphRequest, GraphRoute } from '../graph-route.ts';
import { ownAccount } from '../own-account.ts';
import { type OverrideDependencies, removeOverride, setOverride } from './override-webhook.ts';

const SUCCESS: ApiResponse = { body: { success: true } };

/** GET /{account}/subscribed_apps: the webhooks of the whole account. */
function makeListSubscribedApps({ endpoints }: OverrideDependencies) {
  return async (request: GraphRequest): Promise<ApiResponse> => {
    const rows = (await endpoints.list(ownAccount(request))).filter(({ session }) => session === undefined);
    const body: SubscribedApps = { data: rows.map(subscribedApp) };
    return { body };
  };
}

const subscribedApp = ({ endpointId, name, url }: EndpointRow): SubscribedApps['data'][number] => ({
  whatsapp_business_api_data: { id: endpointId, name: name ?? url, link: url },
  override_callback_uri: url,
});

/** POST /{account}/subscribed_apps: without an address it asks whether webhooks arrive anywhere. */
function makeSubscribeApp(dependencies: OverrideDependencies) {
  return async (request: GraphRequest): Promise<ApiResponse> => {
    const accountId = ownAccount(request);
    const asked = parseRequest(SubscribeAppRequestSchema, { ...Object.fromEntries(request.query), ...bodyOf(request) });
    const { override_callback_uri: url, verify_token } = asked;
    if (url) {
      const owner = { accountId, traceId: request.traceId };
      return { body: await setOverride(dependencies, owner, { url, verifyToken: verify_token ?? undefined }) };
    }
    if ((await dependencies.endpoints.list(accountId)).length > 0) return SUCCESS;
    throw new GraphError(
      100,
      'override_callback_uri: is required, because the account has no webhook yet. POST /webhooks makes one too.',
    );
  };
}

/** DELETE /{account}/subscribed_apps: what POST /webhooks has made stays. */
function makeUnsubscribeApp(dependencies: OverrideDependencies) {
  return async (request: GraphRequest): Promise<ApiResponse> => {
    await removeOverride(dependencies, { accountId: ownAccount(request), traceId: request.traceId });
    return SUCCESS;
  };
}

/** POST /{phone_number_id}: Meta's override of one number. */
function makeChangePhoneNumber(dependencies: OverrideDependencies) {
  return async (request: GraphRequest): Promise<ApiResponse> => {
    const { webhook_configuration } = parseRequest(ChangePhoneNumberRequestSchema, request.body() ?? {});
    const { accountId, sessionId, sessionUid } = await request.session();
    const owner = { accountId, session: { sessionId, sessionUid }, traceId: request.traceId };
    const { override_callback_uri: url, verify_token } = webhook_configuration;
    if (!url) {
      await removeOverride(dependencies, owner);
      return SUCCESS;
    }
    return { body: await setOverride(dependencies, owner, { url, verifyToken: verify_token ?? undefined }) };
  };
}

function bodyOf(request: GraphRequest): object {
  const body = request.body() ?? {};
  if (typeof body !== 'object' || Array.isArray(body)) throw new GraphError(100, 'The body must be an object.');
  return body ?? {};
}

/** Meta's way to say where webhooks go. */
export const subscribedAppRoutes = (dependencies: OverrideDependencies): readonly GraphRoute[] => [
  { on: 'account', edge: 'subscribed_apps', method: 'GET', run: makeListSubscribedApps(dependencies) },
  { on: 'account', edge: 'subscribed_apps', method: 'POST', run: makeSubscribeApp(dependencies) },
  { on: 'account', edge: 'subscribed_apps', method: 'DELETE', run: makeUnsubscribeApp(dependencies) },
  { on: 'phone_number', method: 'POST', run: makeChangePhoneNumber(dependencies) },
];
