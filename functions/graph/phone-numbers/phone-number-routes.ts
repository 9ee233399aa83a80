import type { EndpointRepository } from '#core/adapters/dynamodb/endpoint-repository.ts';
import type { SessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import { PhoneNumbersQuerySchema } from '#core/contracts/api/graph/phone-numbers.ts';
import { parseRequest } from '#core/contracts/api/request-errors.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import type { ApiResponse } from '../../shared/api-response.ts';
import { fieldNamesOf, selectFields } from '../fields.ts';
import type { GraphRequest, GraphRoute } from '../graph-route.ts';
import { ownAccount } from '../own-account.ts';
import { pageOf } from '../page-of.ts';
import { phoneNumberResource } from './phone-number-resource.ts';

export interface PhoneNumberDependencies {
  readonly sessions: Pick<SessionRepository, 'listByAccount'>;
  readonly endpoints: Pick<EndpointRepository, 'list'>;
}

/** GET /{phone_number_id}: one read, and one more where the webhooks are asked for. */
function makeGetPhoneNumber({ endpoints }: PhoneNumberDependencies) {
  return async (request: GraphRequest): Promise<ApiResponse> => {
    const fields = request.query.get('fields') ?? undefined;
    const row = await request.session();
    const wanted = fieldNamesOf(fields)?.includes('webhook_configuration');
    const webhooks = wanted ? { webhook_configuration: await webhooksOf(endpoints, row) } : {};
    return { body: selectFields({ ...phoneNumberResource(row), ...webhooks }, fields) };
  };
}

/** GET /{account}/phone_numbers */
function makeListPhoneNumbers({ sessions }: PhoneNumberDependencies) {
  return async (request: GraphRequest): Promise<ApiResponse> => {
    const query = parseRequest(PhoneNumbersQuerySchema, Object.fromEntries(request.query));
    const rows = await sessions.listByAccount(ownAccount(request));
    const { page, paging } = pageOf(request, rows, { ...query, keyOf: ({ sessionId }) => sessionId });
    return { body: { data: page.map((row) => selectFields(phoneNumberResource(row), query.fields)), paging } };
  };
}

async function webhooksOf(endpoints: PhoneNumberDependencies['endpoints'], row: SessionRow) {
  const rows = (await endpoints.list(row.accountId)).filter(({ disabled }) => !disabled);
  const own = rows.find(({ session }) => session?.sessionUid === row.sessionUid);
  const shared = rows.find(({ session }) => session === undefined);
  return {
    ...(own ? { phone_number: own.url } : {}),
    ...(shared ? { whatsapp_business_account: shared.url, application: shared.url } : {}),
  };
}

/** Meta's views of sessions. */
export const phoneNumberRoutes = (dependencies: PhoneNumberDependencies): readonly GraphRoute[] => [
  { on: 'phone_number', method: 'GET', run: makeGetPhoneNumber(dependencies) },
  { on: 'account', edge: 'phone_numbers', method: 'GET', run: makeListPhoneNumbers(dependencies) },
];
