import type { EndpointRepository } from '#core/adapters/dynamodb/endpoint-repository.ts';
import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';
import { type GraphError, objectMissing } from '#core/domain/graph-error.ts';
import { type EndpointId, EndpointIdSchema } from '#core/domain/ids.ts';
import type { RouteRequest } from '../shared/router.ts';

/** Longest piece of the caller's own path that an error repeats, characters. */
const MOST_ECHOED = 40;

/** The webhook that a request names and its account owns. @throws GraphError 100/33, the same for one that is somebody else's */
export async function ownWebhook(
  endpoints: Pick<EndpointRepository, 'get'>,
  request: RouteRequest,
): Promise<EndpointRow> {
  const row = await endpoints.get(request.caller.accountId, webhookIdOf(request));
  if (!row) throw webhookMissing(request);
  return row;
}

/** @throws GraphError 100/33 for what is no webhook's id */
export function webhookIdOf(request: Pick<RouteRequest, 'id' | 'method'>): EndpointId {
  const id = EndpointIdSchema.safeParse(request.id);
  if (!id.success) throw webhookMissing(request);
  return id.data;
}

export const webhookMissing = ({ method, id }: Pick<RouteRequest, 'id' | 'method'>): GraphError =>
  objectMissing(`Webhook '${id.slice(0, MOST_ECHOED)}'`, { status: 404, method });
