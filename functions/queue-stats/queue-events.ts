import type { QueueEvent } from '#core/contracts/event.ts';
import type { DeliveryCounter } from '#core/domain/delivery-counts.ts';
import { accountEventIdOf } from '#core/domain/event-id.ts';
import type { AccountId, EndpointId } from '#core/domain/ids.ts';
import { DELIVERY_COUNTS, type DeliveryCount, ERROR_COUNTS } from '#core/domain/monitoring.ts';

const MINUTE_MS = 60_000;
/** Counts of a batch that began in a minute are written by then: three tries of DynamoDB at 3 s each. Milliseconds. */
const SETTLED_MS = 15_000;
/** After an outage of the function itself, only so many minutes are told late. */
const MOST_MINUTES = 15;

/** What waits at the end of a minute. */
export interface Depth {
  /** Deliveries of the account in the backlog. */
  readonly parked: number;
  /** There are more: counting ends at a bound. */
  readonly isAtLeast: boolean;
  /** Events of the whole deployment that wait for their first attempt, by SQS's own approximate counts. */
  readonly queued: number;
}

export interface AccountMinute {
  readonly accountId: AccountId;
  /** Minutes since the epoch. */
  readonly minute: number;
  readonly counters: readonly DeliveryCounter[];
  /** Endpoints that are told: no `queue.error` is about one of them. */
  readonly monitors: ReadonlySet<EndpointId>;
  /** Only known of the latest minute. */
  readonly depth: Depth | undefined;
}

/**
 * Which minutes are to be told now, oldest first.
 * @param reported the last one that was; undefined at the very first time
 */
export function minutesToReport(reported: number | undefined, nowMs: number): readonly number[] {
  const last = Math.floor((nowMs - SETTLED_MS) / MINUTE_MS) - 1;
  const first = Math.max(last - MOST_MINUTES + 1, (reported ?? last - 1) + 1);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}

/**
 * All that monitoring is told of a minute: one `queue.stats`, one `queue.error` for each endpoint and kind of trouble, one
 * `filter.applied` for each endpoint whose filter dropped something. The same counts make the same ids, so that a minute
 * which is told twice arrives once.
 */
export function queueEventsOf(minute: AccountMinute): readonly QueueEvent[] {
  return [statsOf(minute), ...minute.counters.flatMap((counter) => aboutEndpoint(minute, counter))];
}

function statsOf(minute: AccountMinute): QueueEvent {
  const counts = Object.fromEntries(DELIVERY_COUNTS.map((what) => [what, totalOf(minute, what)])) as Record<
    DeliveryCount,
    number
  >;
  return eventOf(minute, 'queue.stats', [], {
    ...counts,
    processed: counts.delivered + counts.dead,
    depth: minute.depth?.parked ?? null,
    depth_is_at_least: minute.depth?.isAtLeast ?? null,
    deployment_queued: minute.depth?.queued ?? null,
  });
}

const totalOf = ({ counters }: AccountMinute, wanted: DeliveryCount): number =>
  counters.reduce((sum, { what, count }) => sum + (what === wanted ? count : 0), 0);

function aboutEndpoint(minute: AccountMinute, counter: DeliveryCounter): readonly QueueEvent[] {
  const { endpointId, what, count, last } = counter;
  if (what === 'filtered') return [eventOf(minute, 'filter.applied', [endpointId], { webhook_id: endpointId, count })];
  if (!isError(what) || minute.monitors.has(endpointId)) return [];
  return [
    eventOf(minute, 'queue.error', [endpointId, what], {
      webhook_id: endpointId,
      error: what,
      count,
      last_event_id: last?.eventId ?? null,
      last_http_status: last?.httpStatus ?? null,
      last_error: last?.error ?? null,
    }),
  ];
}

const isError = (what: DeliveryCount): boolean => (ERROR_COUNTS as readonly DeliveryCount[]).includes(what);

function eventOf(
  { accountId, minute }: AccountMinute,
  report: QueueEvent['report'],
  facts: readonly string[],
  data: QueueEvent['data'],
): QueueEvent {
  return {
    version: 1,
    type: 'queue',
    eventId: accountEventIdOf(accountId, report, String(minute), ...facts),
    accountId,
    occurredAtMs: (minute + 1) * MINUTE_MS,
    report,
    data: { minute: new Date(minute * MINUTE_MS).toISOString(), ...data },
  };
}
