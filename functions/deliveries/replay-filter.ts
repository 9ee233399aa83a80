import type { CreateReplayRequest } from '#core/contracts/api/replays.ts';
import type { DeliveryStatus } from '#core/contracts/rows/delivery-row.ts';
import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';
import type { ReplayFilter } from '#core/contracts/rows/replay-job-row.ts';
import { parseDeliveryId } from '#core/domain/delivery-id.ts';
import { DAY_MS, KEPT_MS } from '#core/domain/delivery-position.ts';
import { GraphError, objectMissing } from '#core/domain/graph-error.ts';
import type { EndpointId } from '#core/domain/ids.ts';
import { ownSession } from '../shared/own-session.ts';
import type { RouteRequest } from '../shared/router.ts';
import type { DeliveriesDependencies } from './deliveries-dependencies.ts';
import { deliveryKeyOf } from './delivery-routes.ts';

/** Those that nobody tries any more; the others come by themselves. */
const DEFAULT_STATUSES: readonly DeliveryStatus[] = ['delivered', 'dead', 'dropped'];

type FilterDependencies = Pick<DeliveriesDependencies, 'endpoints' | 'sessions' | 'clock'>;

/** What a request for a replay means. @throws GraphError that names the field, or 100/33 for what is somebody else's */
export async function filterOf(
  dependencies: FilterDependencies,
  request: RouteRequest,
  asked: CreateReplayRequest,
): Promise<ReplayFilter> {
  const nowMs = dependencies.clock.now();
  if (asked.deliveries) return await singleDeliveries(dependencies, request, asked, nowMs);
  const named = asked.webhooks ?? (asked.webhook ? [asked.webhook] : undefined);
  if (asked.source === 'messages' && named?.length !== 1) {
    throw new GraphError(100, 'webhook: is required with source messages, exactly one.');
  }
  const session = asked.session
    ? await ownSession(dependencies.sessions, { ...request, id: asked.session })
    : undefined;
  return {
    endpointIds: [...(await targets(dependencies, request, named))],
    ...(asked.events ? { eventIds: asked.events } : {}),
    ...(asked.messages ? { wamids: asked.messages } : {}),
    ...(session ? { sessionId: session.sessionId } : {}),
    ...(asked.types ? { eventTypes: asked.types } : {}),
    statuses: asked.statuses ?? [...DEFAULT_STATUSES],
    ...timesOf(asked, nowMs),
  };
}

/** Time of the events. @throws GraphError for a time without an end */
function timesOf(asked: CreateReplayRequest, nowMs: number): Pick<ReplayFilter, 'fromMs' | 'toMs'> {
  const isPointed = Boolean(asked.events ?? asked.messages) || asked.statuses?.every((status) => status === 'dead');
  // What happens from now on is delivered in any case.
  const toMs = Math.min(asked.until ?? nowMs, nowMs);
  const fromMs = Math.max(asked.since ?? toMs - (isPointed ? KEPT_MS : DAY_MS), nowMs - KEPT_MS);
  if (fromMs < toMs) return { fromMs, toMs };
  throw new GraphError(100, 'since: must be earlier than until and now; deliveries are kept for 30 days.');
}

async function singleDeliveries(
  dependencies: FilterDependencies,
  request: RouteRequest,
  asked: CreateReplayRequest,
  nowMs: number,
): Promise<ReplayFilter> {
  const { deliveries: ids, ...others } = asked;
  const [other] = Object.entries(others).find(([, value]) => value !== undefined && value !== null) ?? [];
  if (other) throw new GraphError(100, `${other}: does not go with deliveries, which names all that is sent.`);
  const parts = (ids ?? []).flatMap((id) => parseDeliveryId(id) ?? []);
  const endpointIds = [...new Set(parts.map(({ endpointId }) => endpointId))];
  await targets(dependencies, request, endpointIds);
  return { endpointIds, deliveries: parts.map(deliveryKeyOf), fromMs: nowMs - KEPT_MS, toMs: nowMs };
}

/** The webhooks that are sent to: the named ones, or all that are switched on. */
async function targets(
  { endpoints }: FilterDependencies,
  request: RouteRequest,
  named: readonly EndpointId[] | undefined,
): Promise<readonly EndpointId[]> {
  const rows = await endpoints.list(request.caller.accountId);
  if (named) return [...new Set(named)].map((id) => usable(rows, id, request));
  const on = rows.filter(({ disabled }) => !disabled).map(({ endpointId }) => endpointId);
  if (on.length > 0) return on;
  throw new GraphError(100, 'webhook: the account has none that is switched on.', { status: 409 });
}

function usable(rows: readonly EndpointRow[], id: EndpointId, { method }: RouteRequest): EndpointId {
  const row = rows.find(({ endpointId }) => endpointId === id);
  if (!row) throw objectMissing(`Webhook '${id}'`, { status: 404, method });
  if (!row.disabled) return id;
  throw new GraphError(100, `Webhook ${id} is disabled. PATCH /webhooks/${id} with enabled: true first.`, {
    status: 409,
  });
}
