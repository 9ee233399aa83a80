import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../domain/clock.ts';
import { counterKeyOf, type DeliveryCounters } from '../domain/delivery-counts.ts';
import type { AccountId } from '../domain/ids.ts';
import { type DeliveryMonitor, ERROR_COUNTS } from '../domain/monitoring.ts';
import { type DeliveryCountRows, makeDeliveryCountRows, minuteOf } from './dynamodb/delivery-count-rows.ts';
import {
  type MonitoringEndpoints,
  readMonitoringEndpoints,
  rememberMonitoringEndpoints,
} from './dynamodb/monitoring-endpoints.ts';

export interface DeliveryMonitorOptions {
  readonly dynamo: DynamoDBDocumentClient;
  readonly endpointsTable: string;
  readonly limitsTable: string;
  readonly clock: Clock;
  /** Hears of what could not be written; the counts go with the next flush. */
  readonly onFailure?: (error: unknown) => void;
}

/** Accounts whose counts wait for a table that does not answer; more than any batch holds. */
const MOST_ACCOUNTS = 100;

const isError = (what: string): boolean => (ERROR_COUNTS as readonly string[]).includes(what);

/** Counts in memory; `flush` asks once a minute which accounts monitor at all, and writes for those alone. */
export function makeDeliveryMonitor(options: DeliveryMonitorOptions): DeliveryMonitor {
  const { clock, onFailure } = options;
  const rows = makeDeliveryCountRows(options);
  const monitoring = rememberMonitoringEndpoints(() => readMonitoringEndpoints(options), clock);
  let noted = new Map<AccountId, DeliveryCounters>();

  return {
    count({ endpointId, event }, what, trouble) {
      if (event.type === 'queue') return;
      const counters = noted.get(event.accountId) ?? (new Map() as DeliveryCounters);
      if (noted.size >= MOST_ACCOUNTS && !noted.has(event.accountId)) return;
      noted.set(event.accountId, counters);
      const key = counterKeyOf({ endpointId, what });
      const counter = counters.get(key) ?? { endpointId, what, count: 0 };
      counter.count++;
      if (isError(what)) counter.last = { ...trouble, eventId: event.eventId };
      counters.set(key, counter);
    },
    async flush() {
      if (noted.size === 0) return;
      const flushed = noted;
      noted = new Map();
      try {
        const left = await writeCounts({ rows, endpoints: await monitoring(), noted: flushed, nowMs: clock.now() });
        for (const error of left.errors) onFailure?.(error);
        keep(left.counters);
      } catch (error) {
        onFailure?.(error);
        keep(flushed);
      }
    },
  };

  /** Back to what is noted, beside what came meanwhile. */
  function keep(counts: ReadonlyMap<AccountId, DeliveryCounters>): void {
    for (const [accountId, counters] of counts) {
      const there = noted.get(accountId) ?? (new Map() as DeliveryCounters);
      for (const [key, counter] of counters) {
        const other = there.get(key);
        there.set(key, other ? { ...counter, ...other, count: counter.count + other.count } : counter);
      }
      if (noted.size < MOST_ACCOUNTS || noted.has(accountId)) noted.set(accountId, there);
    }
  }
}

async function writeCounts(work: {
  readonly rows: DeliveryCountRows;
  readonly endpoints: MonitoringEndpoints;
  readonly noted: ReadonlyMap<AccountId, DeliveryCounters>;
  readonly nowMs: number;
}) {
  const wanted = [...work.noted].filter(([accountId]) => work.endpoints.has(accountId));
  const results = await Promise.allSettled(
    wanted.map(([accountId, counters]) => work.rows.add(accountId, minuteOf(work.nowMs), [...counters.values()])),
  );
  const counters = new Map(wanted.filter((_, index) => results[index]?.status === 'rejected'));
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  return { counters, errors };
}
