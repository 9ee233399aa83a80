import type * as z from 'zod';
import type { DeliveryLog } from '#core/adapters/dynamodb/delivery-log.ts';
import type { EndpointRepository } from '#core/adapters/dynamodb/endpoint-repository.ts';
import { MessageEventsQuerySchema, MessageHistoryQuerySchema } from '#core/contracts/api/message-history.ts';
import { parseRequest } from '#core/contracts/api/request-errors.ts';
import type { DeliveryRow } from '#core/contracts/rows/delivery-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import { DAY_MS, KEPT_MS, momentAt } from '#core/domain/delivery-position.ts';
import { GraphError, objectMissing } from '#core/domain/graph-error.ts';
import { historyHashOf, parseHistoryId } from '#core/domain/history-id.ts';
import type { ApiRequest } from '../../shared/api-request.ts';
import type { ApiResponse } from '../../shared/api-response.ts';
import { newestFirst, type Page, type Wanted } from '../../shared/newest-first.ts';
import { ownEndpoints } from '../../shared/own-endpoints.ts';
import { formatCursor, pagingOf, parseCursor } from '../../shared/paging.ts';
import type { GraphRequest, GraphRoute } from '../graph-route.ts';
import { byMessage, eventEdge, fieldsOf, historyEntry, statusEventOf, wordOf } from './message-history-shape.ts';

export interface MessageHistoryDependencies {
  readonly log: Pick<DeliveryLog, 'read'>;
  readonly endpoints: Pick<EndpointRepository, 'get' | 'list'>;
  readonly clock: Clock;
}

/** Statuses of one message for one webhook, as a rule: sent, delivered, read. */
const STATUSES_OF_ONE = 3;
/** A message may be read long after it was sent: its events are looked for from so long before the known one on, milliseconds. */
const BEFORE_KNOWN_MS = 7 * DAY_MS;

/**
 * GET /{phone_number_id}/message_history: messages by the webhooks that told of their statuses, newest first. What no webhook was
 * there for is not known here.
 */
function makeMessageHistory({ log, endpoints, clock }: MessageHistoryDependencies) {
  return async (request: GraphRequest): Promise<ApiResponse> => {
    const session = await request.session();
    const { message_id, fields, limit, after } = parseQuery(request, MessageHistoryQuerySchema);
    const rows = await ownEndpoints(endpoints, request);
    const shown = fieldsOf(fields);
    const kept = { place: { position: momentAt(clock.now() + 1) }, sinceMs: clock.now() - KEPT_MS };
    const { place, sinceMs } = after === undefined ? kept : parseCursor(after);
    const page = await newestFirst(log, {
      endpointIds: rows.map(({ endpointId }) => endpointId).toSorted(),
      filter: {
        eventTypes: ['statuses'],
        sessionId: session.sessionId,
        wamids: message_id === undefined ? undefined : [message_id],
      },
      // A number that was deleted and created again inherits nothing.
      sinceMs: Math.max(sinceMs, session.createdAtMs),
      from: place,
      limit: limit * STATUSES_OF_ONE,
      whole: shown.events !== undefined,
    });
    const { messages, next } = byMessage(page, limit);
    const webhooks = new Map(rows.map((row) => [row.endpointId, row]));
    const cursor = next && formatCursor({ place: next, sinceMs });
    const data = messages.map((events) => historyEntry(events, shown, webhooks));
    return { body: { data, paging: pagingOf(request, cursor) } };
  };
}

/** GET /{message_history_id}/events: what became of one message, newest first. */
function makeMessageEvents({ log, endpoints, clock }: MessageHistoryDependencies) {
  return async (request: GraphRequest): Promise<ApiResponse> => {
    const history = parseHistoryId(request.id);
    if (!history) throw objectMissing('The message history', { status: 400, method: request.method });
    const { hash, dayMs } = history;
    const { status_filter, limit, after } = parseQuery(request, MessageEventsQuerySchema);
    const rows = await ownEndpoints(endpoints, request);
    const nowMs = clock.now();
    const oldestMs = Math.max(dayMs - BEFORE_KNOWN_MS, nowMs - KEPT_MS);
    const start = { place: { position: momentAt(nowMs + 1) }, sinceMs: oldestMs };
    const { place, sinceMs } = after === undefined ? start : parseCursor(after);
    const isMeant = (row: DeliveryRow): boolean => row.wamid !== undefined && historyHashOf(row.wamid) === hash;
    const wanted: Wanted = {
      endpointIds: rows.map(({ endpointId }) => endpointId).toSorted(),
      filter: { eventTypes: ['statuses'] },
      sinceMs,
      from: place,
      limit,
      whole: true,
      keep: (row) => isMeant(row) && (status_filter === undefined || wordOf(statusEventOf(row)) === status_filter),
    };
    const page: Page = await newestFirst(log, wanted);
    const webhooks = new Map(rows.map((row) => [row.endpointId, row]));
    const data = page.rows.flatMap((row) => eventEdge(row, { sinceMs, webhooks }) ?? []);
    const cursor = page.next && formatCursor({ place: page.next, sinceMs });
    return { body: { data, paging: pagingOf(request, cursor) } };
  };
}

/** Meta's own two paths of what became of messages. */
export const messageHistoryRoutes = (dependencies: MessageHistoryDependencies): readonly GraphRoute[] => [
  { on: 'phone_number', edge: 'message_history', method: 'GET', run: makeMessageHistory(dependencies) },
  { on: 'message_history', edge: 'events', method: 'GET', run: makeMessageEvents(dependencies) },
];

/** @throws GraphError 100, also for Graph's way back, which our lists do not have */
function parseQuery<S extends z.ZodType>({ query }: ApiRequest, schema: S): z.output<S> {
  if (query.has('before')) throw new GraphError(100, 'before: is not supported; pages go from new to old, with after.');
  return parseRequest(schema, Object.fromEntries(query));
}
