import type { DeliveryCountRows, MinuteCounts } from '#core/adapters/dynamodb/delivery-count-rows.ts';
import type { MonitoringEndpoints } from '#core/adapters/dynamodb/monitoring-endpoints.ts';
import type { EventPublisher } from '#core/adapters/event-publisher.ts';
import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import type { AccountId, EndpointId } from '#core/domain/ids.ts';
import type { Parked } from './account-depth.ts';
import { type Depth, minutesToReport, queueEventsOf } from './queue-events.ts';

export interface QueueReportDependencies {
  readonly monitoring: () => Promise<MonitoringEndpoints>;
  readonly counts: Pick<DeliveryCountRows, 'read' | 'reported' | 'setReported'>;
  readonly endpoints: { list(accountId: AccountId): Promise<readonly EndpointRow[]> };
  readonly parkedOf: (endpointIds: readonly EndpointId[]) => Promise<Parked>;
  /** Events of the whole deployment that wait for their first attempt. */
  readonly queued: () => Promise<number>;
  readonly publisher: Pick<EventPublisher, 'publish'>;
  readonly clock: Clock;
}

/** Publications that are on their way at the same time. */
const SIDE_BY_SIDE = 10;

/**
 * Tells the accounts that monitor what became of their deliveries in the minutes since the last time. One query where nobody
 * monitors. A minute whose telling fails is told again by the next call, under the same ids.
 */
export async function reportQueues(dependencies: QueueReportDependencies): Promise<{ readonly published: number }> {
  const { clock, counts, publisher } = dependencies;
  const monitoring = await dependencies.monitoring();
  if (monitoring.size === 0) return { published: 0 };
  const minutes = minutesToReport(await counts.reported(), clock.now());
  const latest = minutes.at(-1);
  if (latest === undefined) return { published: 0 };
  const [rows, queued] = await Promise.all([counts.read([...monitoring.keys()], minutes), dependencies.queued()]);
  let published = 0;
  for (const [accountId, monitors] of monitoring) {
    const depth = await depthOf(dependencies, accountId, queued);
    const events = minutes.flatMap((minute) =>
      queueEventsOf({
        accountId,
        minute,
        counters: countersOf(rows, accountId, minute),
        monitors: new Set(monitors.map(({ endpointId }) => endpointId)),
        depth: minute === latest ? depth : undefined,
      }),
    );
    for (let from = 0; from < events.length; from += SIDE_BY_SIDE) {
      await Promise.all(events.slice(from, from + SIDE_BY_SIDE).map((event) => publisher.publish(event)));
    }
    published += events.length;
  }
  await counts.setReported(latest);
  return { published };
}

async function depthOf(
  { endpoints, parkedOf }: QueueReportDependencies,
  accountId: AccountId,
  queued: number,
): Promise<Depth> {
  const rows = await endpoints.list(accountId);
  const { count, isAtLeast } = await parkedOf(rows.map(({ endpointId }) => endpointId));
  return { parked: count, isAtLeast, queued };
}

const countersOf = (rows: readonly MinuteCounts[], accountId: AccountId, minute: number) =>
  rows.find((row) => row.accountId === accountId && row.minute === minute)?.counters ?? [];
