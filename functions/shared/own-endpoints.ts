import type { EndpointRepository } from '#core/adapters/dynamodb/endpoint-repository.ts';
import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';
import { GraphError, objectMissing } from '#core/domain/graph-error.ts';
import type { EndpointId } from '#core/domain/ids.ts';
import type { Caller } from './api-request.ts';
import { MOST_ENDPOINTS } from './newest-first.ts';

/**
 * The caller's webhooks whose deliveries are to be listed: all, or the one that is asked for.
 * @throws GraphError 100/33 for somebody else's; 100 if there are too many to be listed together
 */
export async function ownEndpoints(
  endpoints: Pick<EndpointRepository, 'get' | 'list'>,
  { caller, method }: { readonly caller: Caller; readonly method: string },
  id?: EndpointId,
): Promise<readonly EndpointRow[]> {
  if (id !== undefined) {
    const row = await endpoints.get(caller.accountId, id);
    if (!row) throw objectMissing(`Webhook '${id}'`, { status: 404, method });
    return [row];
  }
  const rows = await endpoints.list(caller.accountId);
  if (rows.length <= MOST_ENDPOINTS) return rows;
  throw new GraphError(100, `webhook: is required, because the account has more than ${MOST_ENDPOINTS} webhooks.`);
}
