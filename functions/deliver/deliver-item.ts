import type { BacklogRepository } from '#core/adapters/dynamodb/backlog-repository.ts';
import type { RetryTask } from '#core/contracts/delivery-task.ts';
import type { BlockRow } from '#core/contracts/rows/backlog-row.ts';
import { type Fate, fateOf } from '#core/domain/delivery/fate.ts';
import type { EndpointId } from '#core/domain/ids.ts';
import { Metric } from '#core/observability/metrics.ts';
import { count } from '../shared/count.ts';
import type { DeliveryDependencies } from '../shared/delivery/delivery-dependencies.ts';
import { backlogRow, ensureRecovery, type Item, park, parkBehind } from '../shared/delivery/park-delivery.ts';
import { DEFAULT_TIMEOUT_MS, fieldsOf, type Posted, postWebhook } from '../shared/delivery/post-webhook.ts';
import { retryTaskOf } from '../shared/delivery/retry-task.ts';
import { type Settled, settle } from '../shared/delivery/settle-attempt.ts';
import { logger } from '../shared/logger.ts';
import type { ComeBack } from './come-back.ts';
import type { EndpointRate } from './endpoint-rate.ts';
import type { StragglerWatch } from './straggler-watch.ts';
import type { UnreadableQueue } from './unreadable-queue.ts';

export interface DeliverDependencies extends DeliveryDependencies {
  readonly backlog: BacklogRepository;
  readonly rate: EndpointRate;
  readonly unreadable: UnreadableQueue;
  readonly comeBack: ComeBack;
}

/** What the records of one batch share. */
export interface BatchState {
  readonly watch: StragglerWatch;
  /** Hears whose events are in the batch. */
  readonly seen: (endpointId: EndpointId) => void;
  /** Chats that have something parked. */
  readonly blocks: Map<string, Pick<BlockRow, 'dueAtMs' | 'eventId'>>;
  /** Deliveries that this batch has brought to their end. */
  readonly delivered: Set<string>;
  /** Of the call, milliseconds. */
  readonly remainingMs: () => number;
}

/** Beside an attempt: reading, recording, handing over. Milliseconds. */
const AROUND_ATTEMPT_MS = 5000;
/** An endpoint that held up others is held to its backlog for so long; its drain lets it go earlier. Milliseconds. */
const SLOW_FOR_MS = 600_000;
/**
 * The same for one that has more events than its rate while others wait: a batch that sends the few that may go lasts as long as its
 * receiver takes to answer, one that sends none lasts as long as its writes. Short, because it may have been one burst. Milliseconds.
 */
const CROWDED_FOR_MS = 60_000;
/** A block whose owner has not looked for so long has lost it, milliseconds. */
const OVERDUE_MS = 600_000;

/** First attempt of one delivery, or what it gets instead. @throws when a write fails: then the queue has to bring it again */
export async function deliverItem(dependencies: DeliverDependencies, item: Item, batch: BatchState): Promise<void> {
  const { clock, vitals } = dependencies;
  const { delivery, endpoint, place, previous } = item;
  const blockKey = blockKeyOf(item);
  const fate = batch.delivered.has(deliveredKeyOf(item))
    ? ({ kind: 'done' } as const)
    : fateOf({
        event: delivery.event,
        isReplay: delivery.replay !== undefined,
        endpoint,
        row: previous,
        state: vitals.state(endpoint.endpointId),
        isBlocked: place.chat !== undefined && batch.blocks.has(blockKey),
        isLate: batch.remainingMs() < DEFAULT_TIMEOUT_MS + AROUND_ATTEMPT_MS,
        nowMs: clock.now(),
      });
  await meet(dependencies, item, fate, batch);
}

async function meet(dependencies: DeliverDependencies, item: Item, fate: Fate, batch: BatchState): Promise<void> {
  const { clock, monitor } = dependencies;
  const { delivery, previous } = item;
  switch (fate.kind) {
    case 'done':
      return;
    case 'filter':
      return monitor.count(delivery, 'filtered');
    case 'drop':
      return await drop(dependencies, item);
    case 'resume':
      return await retryLater(dependencies, item, previous?.nextAttemptAtMs ?? clock.now(), batch);
    case 'park':
      return await parkHere(dependencies, item, { reason: fate.reason }, batch);
    case 'append':
      return await append(dependencies, item, batch);
    case 'send':
      return await send(dependencies, item, batch);
  }
}

/** It can be replayed when its endpoint is switched on again. */
async function drop(dependencies: DeliverDependencies, { delivery, endpoint, previous }: Item): Promise<void> {
  dropped(dependencies, delivery);
  const error = `the webhook is disabled (${endpoint.disabled?.reason ?? 'gone'})`;
  await dependencies.deliveries.record(delivery, { status: 'dropped', error }, previous);
}

async function append(dependencies: DeliverDependencies, item: Item, batch: BatchState): Promise<void> {
  const { dueAtMs = Number.POSITIVE_INFINITY } = batch.blocks.get(blockKeyOf(item)) ?? {};
  if (await parkBehind(dependencies, item, item.place.chat ?? '')) {
    if (dependencies.clock.now() > dueAtMs + OVERDUE_MS) await ensureRecovery(dependencies, item.endpoint);
    return;
  }
  batch.blocks.delete(blockKeyOf(item));
  await send(dependencies, item, batch);
}

/** Counts and logs an event whose endpoint is gone or disabled. */
export function dropped({ monitor }: Pick<DeliverDependencies, 'monitor'>, delivery: Item['delivery']): void {
  count({ [Metric.eventDropped]: 1 });
  monitor.count(delivery, 'dropped');
  logger.info('event dropped, its webhook was deleted or disabled', fieldsOf(delivery));
}

async function parkHere(
  dependencies: DeliverDependencies,
  item: Item,
  why: Parameters<typeof park>[2],
  batch: BatchState,
): Promise<void> {
  const { eventId } = item.delivery.event;
  if (item.place.chat !== undefined && !batch.blocks.has(blockKeyOf(item)))
    batch.blocks.set(blockKeyOf(item), { eventId, dueAtMs: Number.POSITIVE_INFINITY });
  await park(dependencies, item, why);
}

async function send(dependencies: DeliverDependencies, item: Item, batch: BatchState): Promise<void> {
  const { clock, rate } = dependencies;
  if ((await rate.admit(item.endpoint)) > 0) {
    const held = (await batch.watch.othersWait()) && { slowUntilMs: clock.now() + CROWDED_FOR_MS };
    return await parkHere(dependencies, item, { reason: 'more events than its rate allows', ...held }, batch);
  }
  const post = postWebhook(dependencies, item, DEFAULT_TIMEOUT_MS);
  const untilMs = clock.now() + DEFAULT_TIMEOUT_MS;
  const posted = await batch.watch.run(post, (late) => noteLate(dependencies, item, late));
  if (!posted) {
    const reason = 'its receiver had not answered when others had to wait';
    const slowUntilMs = clock.now() + SLOW_FOR_MS;
    return await parkHere(dependencies, item, { reason, slowUntilMs, notBeforeMs: untilMs }, batch);
  }
  const settled = await settle(dependencies, item, posted);
  // Whoever drains tells the owner, and buries what waits.
  if ('disable' in posted.verdict) await ensureRecovery(dependencies, item.endpoint);
  await follow(dependencies, item, { settled, attempts: (item.previous?.attempts ?? 0) + 1 }, batch);
}

/**
 * The receiver answered after nobody waited for it any more. What it took is not sent again; a failure says nothing that the
 * drain will not find out. (Lambda freezes a call that has answered: this runs with the next one, or never.)
 */
async function noteLate(dependencies: DeliverDependencies, item: Item, { attempt, verdict }: Posted): Promise<void> {
  if (verdict.kind !== 'delivered') return;
  const { backlog, clock, deliveries } = dependencies;
  await deliveries.record(item.delivery, { status: 'delivered', attempt }, item.previous);
  await backlog.remove([backlogRow(item, { reason: '' }, clock.now())]);
}

async function follow(
  dependencies: DeliverDependencies,
  item: Item,
  { settled, attempts }: { readonly settled: Settled; readonly attempts: number },
  batch: BatchState,
): Promise<void> {
  switch (settled.kind) {
    case 'delivered':
      batch.delivered.add(deliveredKeyOf(item));
      return;
    case 'wait':
      return await parkHere(dependencies, item, settled, batch);
    case 'dead': {
      const { reason, error, row } = settled;
      batch.delivered.add(deliveredKeyOf(item));
      const task = { ...retryTaskOf(item, 0), dead: { reason, error } };
      await startOrPark(dependencies, { ...item, previous: row ?? item.previous }, { task, attempts }, batch);
      return;
    }
    case 'again':
      return await retryLater(dependencies, { ...item, previous: settled.row ?? item.previous }, settled.atMs, batch);
  }
}

/** Leaves a failed delivery to the retry machine; in a strict chat all that comes after it waits behind it. */
async function retryLater(
  dependencies: DeliverDependencies,
  item: Item,
  atMs: number,
  batch: BatchState,
): Promise<void> {
  const { backlog, clock } = dependencies;
  const { delivery, endpoint, place, previous } = item;
  const { chat, lane } = place;
  if (chat !== undefined) {
    const block = { endpointId: endpoint.endpointId, eventId: delivery.event.eventId, dueAtMs: atMs };
    // The block may be its own, of a call that died before it was done.
    const isHead =
      batch.blocks.get(blockKeyOf(item))?.eventId === block.eventId || (await backlog.block(lane, chat, block));
    batch.blocks.set(blockKeyOf(item), block);
    if (!isHead && (await parkBehind(dependencies, item, chat))) return;
    await backlog.put(backlogRow(item, { reason: 'an attempt failed', notBeforeMs: atMs }, clock.now()));
  }
  const waitSeconds = Math.ceil((atMs - clock.now()) / 1000);
  const task = retryTaskOf(item, Math.max(0, waitSeconds));
  await startOrPark(dependencies, item, { task, attempts: previous?.attempts ?? 1, notBeforeMs: atMs }, batch);
}

/** Where no execution can be started, the backlog takes it: it is late then, and not lost. */
async function startOrPark(
  dependencies: DeliverDependencies,
  item: Item,
  retry: { readonly task: RetryTask; readonly attempts: number; readonly notBeforeMs?: number },
  batch: BatchState,
): Promise<void> {
  const { notBeforeMs } = retry;
  try {
    await dependencies.executions.retry(retry.task, retry.attempts);
  } catch (error) {
    logger.warn('retry not started, parked instead', { ...fieldsOf(item.delivery), error: error as Error });
    const why = { reason: 'its retry could not be started', ...(notBeforeMs !== undefined && { notBeforeMs }) };
    await parkHere(dependencies, item, why, batch);
  }
}

export const blockKeyOf = ({ place }: Pick<Item, 'place'>): string => `${place.lane}#${place.chat ?? ''}`;
const deliveredKeyOf = ({ delivery }: Item): string =>
  `${delivery.endpointId}#${delivery.event.eventId}#${delivery.replay ?? ''}`;
