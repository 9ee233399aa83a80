import { type DeliveriesQuery, DeliveriesQuerySchema } from '#core/contracts/api/deliveries.ts';
import { parseRequest } from '#core/contracts/api/request-errors.ts';
import type { DeliveryRow } from '#core/contracts/rows/delivery-row.ts';
import { parseDeliveryId } from '#core/domain/delivery-id.ts';
import { DAY_MS, endpointDayOf, KEPT_MS, momentAt } from '#core/domain/delivery-position.ts';
import { GraphError, objectMissing } from '#core/domain/graph-error.ts';
import type { AccountId } from '#core/domain/ids.ts';
import type { ApiResponse } from '../shared/api-response.ts';
import { newestFirst } from '../shared/newest-first.ts';
import { ownEndpoints } from '../shared/own-endpoints.ts';
import { ownSession } from '../shared/own-session.ts';
import { type DeliveryCursor, formatCursor, pagingOf, parseCursor } from '../shared/paging.ts';
import type { RouteRequest } from '../shared/router.ts';
import type { DeliveriesDependencies } from './deliveries-dependencies.ts';
import { deliveryDetail, deliveryResource } from './delivery-resource.ts';

/** Longest piece of the caller's own input that an error repeats, characters. */
const MOST_ECHOED = 60;

type ListDependencies = Pick<DeliveriesDependencies, 'log' | 'endpoints' | 'sessions' | 'clock'>;

/** GET /deliveries: newest first, of the last 24 hours unless another time is asked for. */
export function makeListDeliveries(dependencies: ListDependencies) {
  return (request: RouteRequest): Promise<ApiResponse> => {
    const query = parseRequest(DeliveriesQuerySchema, Object.fromEntries(request.query));
    return listDeliveries(dependencies, request, { ...query, defaultMs: DAY_MS });
  };
}

/** GET /dead-letters: the deliveries that nobody tries any more, of the last 30 days. POST /replays sends them again. */
export function makeListDeadLetters(dependencies: ListDependencies) {
  return (request: RouteRequest): Promise<ApiResponse> => {
    const query = parseRequest(DeliveriesQuerySchema, Object.fromEntries(request.query));
    return listDeliveries(dependencies, request, { ...query, status: ['dead'], defaultMs: KEPT_MS });
  };
}

async function listDeliveries(
  { log, endpoints, sessions, clock }: ListDependencies,
  request: RouteRequest,
  query: DeliveriesQuery & { readonly defaultMs: number },
): Promise<ApiResponse> {
  if (query.session !== undefined) await ownSession(sessions, { ...request, id: query.session });
  const rows = await ownEndpoints(endpoints, request, query.webhook ?? query.endpoint);
  const { place, sinceMs } = cursorOf(query, clock.now());
  const page = await newestFirst(log, {
    endpointIds: rows.map(({ endpointId }) => endpointId).toSorted(),
    filter: {
      statuses: query.status,
      eventTypes: query.type,
      wamids: query.message && [query.message],
      sessionId: query.session,
    },
    sinceMs,
    from: place,
    limit: query.limit,
  });
  const after = page.next && formatCursor({ place: page.next, sinceMs });
  return { body: { data: page.rows.map(deliveryResource), paging: pagingOf(request, after) } };
}

function cursorOf(query: DeliveriesQuery & { readonly defaultMs: number }, nowMs: number): DeliveryCursor {
  if (query.after !== undefined) return parseCursor(query.after);
  const untilMs = Math.min(query.until ?? Number.POSITIVE_INFINITY, nowMs + 1);
  const sinceMs = Math.max(query.since ?? untilMs - query.defaultMs, nowMs - KEPT_MS);
  if (query.since !== undefined && query.until !== undefined && query.since >= query.until) {
    throw new GraphError(100, 'until: must be later than since.');
  }
  return { place: { position: momentAt(untilMs) }, sinceMs };
}

/** GET /deliveries/{id}: with its attempts and what was sent. */
export function makeGetDelivery({ log, endpoints }: Pick<DeliveriesDependencies, 'log' | 'endpoints'>) {
  return async (request: RouteRequest): Promise<ApiResponse> => {
    const parts = parseDeliveryId(request.id);
    const row = parts && (await log.get(deliveryKeyOf(parts)));
    if (!row || !(await isOwn(endpoints, row, request.caller.accountId))) {
      throw objectMissing(`Delivery '${request.id.slice(0, MOST_ECHOED)}'`, { status: 404, method: request.method });
    }
    return { body: deliveryDetail(row) };
  };
}

/** Rows of release 0.1 don't say whose they are. */
async function isOwn(
  endpoints: DeliveriesDependencies['endpoints'],
  row: DeliveryRow,
  accountId: AccountId,
): Promise<boolean> {
  if (row.accountId !== undefined) return row.accountId === accountId;
  return (await endpoints.get(accountId, row.endpointId)) !== undefined;
}

/** @throws never: every id that parses has a key */
export function deliveryKeyOf(parts: NonNullable<ReturnType<typeof parseDeliveryId>>) {
  const { endpointId, occurredAtMs, eventId } = parts;
  return { endpointDay: endpointDayOf(endpointId, occurredAtMs), occurred: `${momentAt(occurredAtMs)}#${eventId}` };
}
