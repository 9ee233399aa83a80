import type { BacklogRepository } from '#core/adapters/dynamodb/backlog-repository.ts';
import type { DeliveryOutcome, DeliveryRepository } from '#core/adapters/dynamodb/delivery-repository.ts';
import type { EndpointStateRepository } from '#core/adapters/dynamodb/endpoint-state-repository.ts';
import { storeEvent } from '#core/adapters/dynamodb/stored-event.ts';
import type { EventDelivery } from '#core/contracts/event.ts';
import type { BacklogRow } from '#core/contracts/rows/backlog-row.ts';
import type { DeliveryRow } from '#core/contracts/rows/delivery-row.ts';
import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';
import type { EndpointStateRow } from '#core/contracts/rows/endpoint-state-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import { type BacklogPlace, positionOf } from '#core/domain/delivery/backlog-keys.ts';
import type { DeliveryMonitor } from '#core/domain/monitoring.ts';
import { Metric } from '#core/observability/metrics.ts';
import { count } from '../count.ts';
import { logger } from '../logger.ts';
import type { EndpointVitals } from './endpoint-vitals.ts';
import type { Executions } from './executions.ts';
import { fieldsOf } from './post-webhook.ts';

export interface ParkDependencies {
  readonly backlog: Pick<BacklogRepository, 'append' | 'block' | 'put'>;
  readonly deliveries: Pick<DeliveryRepository, 'record'>;
  readonly states: Pick<EndpointStateRepository, 'drain' | 'get'>;
  readonly vitals: EndpointVitals;
  readonly executions: Pick<Executions, 'recover'>;
  readonly monitor: DeliveryMonitor;
  readonly clock: Clock;
}

/** A delivery with all that is known of it. */
export interface Item {
  readonly delivery: EventDelivery;
  readonly endpoint: EndpointRow;
  readonly place: BacklogPlace;
  /** Decimal digits that grow within the chat. */
  readonly order: string;
  /** Its row as it was read. */
  readonly previous: DeliveryRow | undefined;
}

export interface Why {
  /** One sentence. */
  readonly reason: string;
  readonly outcome?: Omit<DeliveryOutcome, 'status'>;
  /** It is not tried before, milliseconds since the epoch. */
  readonly notBeforeMs?: number;
  /** The endpoint is held to its backlog until then. */
  readonly slowUntilMs?: number;
}

/** A block that nobody has looked at is not overdue for so long, milliseconds: the recovery that was started looks soon. */
const FIRST_LOOK_MS = 60_000;

/**
 * Puts a delivery into its endpoint's backlog, in its chat's order, and sees to it that somebody drains that. Whoever does it twice
 * does it once. @throws when one of the writes fails: then the queue has to bring it again
 */
export async function park(dependencies: ParkDependencies, item: Item, why: Why): Promise<void> {
  const { backlog, clock } = dependencies;
  const { delivery, endpoint, place } = item;
  const row = backlogRow(item, why, clock.now());
  if (place.chat === undefined) await backlog.put(row);
  else {
    const { lane, chat } = place;
    const block = { endpointId: endpoint.endpointId, eventId: delivery.event.eventId };
    do await backlog.block(lane, chat, { ...block, dueAtMs: clock.now() + FIRST_LOOK_MS });
    while (!(await backlog.append(row, chat)));
  }
  await noteParked(dependencies, item, why);
  await ensureRecovery(dependencies, endpoint, why.slowUntilMs);
}

/** @returns false if its chat is free by now: it can be delivered */
export async function parkBehind(dependencies: ParkDependencies, item: Item, chat: string): Promise<boolean> {
  const why = { reason: 'an earlier event of its chat is not delivered yet' };
  const parked = await dependencies.backlog.append(backlogRow(item, why, dependencies.clock.now()), chat);
  if (parked) await noteParked(dependencies, item, why);
  return parked;
}

export function backlogRow(item: Item, why: Pick<Why, 'reason' | 'notBeforeMs'>, nowMs: number): BacklogRow {
  const { delivery, endpoint, order, place, previous } = item;
  const { event, replay } = delivery;
  return {
    lane: place.lane,
    position: positionOf(place, order, event.eventId),
    accountId: endpoint.accountId,
    endpointId: endpoint.endpointId,
    eventId: event.eventId,
    event: previous?.event ?? new Uint8Array(storeEvent(event)),
    ...(replay !== undefined && { replay }),
    parkedAtMs: nowMs,
    reason: why.reason,
    ...(why.notBeforeMs !== undefined && { notBeforeMs: why.notBeforeMs }),
  };
}

async function noteParked(
  { deliveries, monitor }: ParkDependencies,
  { delivery, previous }: Item,
  { reason, outcome }: Why,
): Promise<void> {
  await deliveries.record(delivery, { error: reason, ...outcome, status: 'parked' }, previous);
  monitor.count(delivery, 'parked', { error: reason });
  count({ [Metric.webhookParked]: 1 });
  logger.info('webhook parked', { ...fieldsOf(delivery), reason });
}

/** Somebody probes and drains the endpoint: of each generation one execution. */
export async function ensureRecovery(
  { states, vitals, executions }: Pick<ParkDependencies, 'executions' | 'states' | 'vitals'>,
  { accountId, endpointId }: Pick<EndpointRow, 'accountId' | 'endpointId'>,
  slowUntilMs?: number,
): Promise<void> {
  let state: EndpointStateRow | undefined = vitals.state(endpointId);
  for (;;) {
    const isNews = slowUntilMs !== undefined && (state?.slowUntilMs ?? 0) < slowUntilMs && state?.breaker !== 'open';
    if (state && state.breaker !== 'closed' && !isNews) break;
    const seen = state ?? { endpointId, breaker: 'closed' as const, generation: 0 };
    const drained = await states.drain(seen, slowUntilMs);
    state = drained ?? (await states.get(endpointId));
    vitals.learn(endpointId, state);
    if (drained) break;
  }
  if (state) await executions.recover({ accountId, endpointId, generation: state.generation, part: 0 });
}
