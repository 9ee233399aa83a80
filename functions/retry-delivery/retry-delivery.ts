import { type DeliveryKey, deliveryKeyOf } from '#core/adapters/dynamodb/delivery-repository.ts';
import { readStoredEvent } from '#core/adapters/dynamodb/stored-event.ts';
import type { RetryTask } from '#core/contracts/delivery-task.ts';
import type { EventDelivery } from '#core/contracts/event.ts';
import type { BacklogRow } from '#core/contracts/rows/backlog-row.ts';
import type { DeadReason, DeliveryRow } from '#core/contracts/rows/delivery-row.ts';
import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';
import { placeOf } from '#core/domain/delivery/backlog-keys.ts';
import { reasonToPark } from '#core/domain/delivery/fate.ts';
import type { ParkedOutcome } from '../shared/delivery/deliver-parked.ts';
import type { DeliveryDependencies } from '../shared/delivery/delivery-dependencies.ts';
import { drainChat } from '../shared/delivery/drain-chat.ts';
import { ensureRecovery, park } from '../shared/delivery/park-delivery.ts';
import { LONGEST_TIMEOUT_MS, postWebhook } from '../shared/delivery/post-webhook.ts';
import { Exhausted, RetryLater } from '../shared/delivery/retry-later.ts';
import { settle } from '../shared/delivery/settle-attempt.ts';

/** delivered: with all that waited behind it · parked: the endpoint's recovery has it now · gone: nothing is left to do. */
export type RetryOutcome = 'delivered' | 'parked' | 'gone';

export interface Call {
  /** Names this call among those who drain. */
  readonly token: string;
  readonly remainingMs: () => number;
}

/** Beside one more attempt of the longest kind, milliseconds. */
const AROUND_ATTEMPT_MS = 8000;
/** Somebody else has the chat in hand. */
const HELD_WAIT_MS = 15_000;

/**
 * One more attempt at a delivery that failed, and at what its chat has waiting behind it.
 * @throws RetryLater when it is to be asked again, Exhausted when a delivery is to be finalized
 */
export async function retryDelivery(
  dependencies: DeliveryDependencies,
  task: RetryTask,
  call: Call,
): Promise<RetryOutcome> {
  const { cache, states, vitals, clock } = dependencies;
  const { accountId, blocked, endpointId, dead, ended } = task;
  if (dead && ended === undefined) throw new Exhausted({ ...keysOf(task), ...dead });
  if (ended !== undefined && !blocked) return 'gone';
  const endpoint = await cache.endpoint(accountId, endpointId);
  if (!endpoint) return await forget(dependencies, task);
  // A dead answer blocks nobody: what came after it has gone on by itself.
  if (dead) return 'gone';
  const state = await states.get(endpointId);
  vitals.learn(endpointId, state);
  if (blocked) {
    if (ended !== undefined) await dependencies.backlog.remove([{ lane: blocked.lane, position: ended }]);
    // The recovery drains all lanes, this chat too; its rows are there already.
    if (state && (state.breaker !== 'closed' || reasonToPark(state, clock.now()) !== undefined))
      return await leaveToRecovery(dependencies, endpoint);
    return await retryChat(dependencies, { task, endpoint, blocked }, call);
  }
  return await retryOne(dependencies, task, endpoint);
}

const keysOf = ({ accountId, endpointId, eventId, endpointDay, occurred }: RetryTask) => ({
  accountId,
  endpointId,
  eventId,
  endpointDay,
  occurred,
});

async function leaveToRecovery(dependencies: DeliveryDependencies, endpoint: EndpointRow): Promise<'parked'> {
  await ensureRecovery(dependencies, endpoint);
  return 'parked';
}

/** The head and its chat, out of the backlog. */
async function retryChat(
  dependencies: DeliveryDependencies,
  of: { readonly task: RetryTask; readonly endpoint: EndpointRow; readonly blocked: NonNullable<RetryTask['blocked']> },
  call: Call,
): Promise<RetryOutcome> {
  const { clock } = dependencies;
  const { endpoint, blocked } = of;
  let exhausted: Exhausted | undefined;
  let hasDisabled = false;
  const result = await drainChat(
    dependencies,
    { endpoint, ...blocked, token: call.token },
    {
      isProbe: false,
      mayGoOn: () => !hasDisabled && call.remainingMs() > LONGEST_TIMEOUT_MS + AROUND_ATTEMPT_MS,
      pace: () => Promise.resolve(),
      onOutcome: (row: BacklogRow, outcome: ParkedOutcome) => {
        if (outcome.kind === 'dead') exhausted = exhaustedOf(row, outcome);
        if ('hasDisabled' in outcome && outcome.hasDisabled) hasDisabled = true;
        return Promise.resolve(false);
      },
    },
  );
  if (hasDisabled) await ensureRecovery(dependencies, endpoint);
  switch (result.kind) {
    case 'empty':
      return 'delivered';
    case 'held': {
      const block = await dependencies.backlog.blockOf(blocked.lane, blocked.chat);
      if (!block) return 'gone';
      throw new RetryLater(HELD_WAIT_MS);
    }
    case 'later':
      throw new RetryLater(result.atMs - clock.now());
    case 'closed_off':
      return await leaveToRecovery(dependencies, endpoint);
    case 'dead':
      throw exhausted ?? new Error('a dead row without a reason');
  }
}

function exhaustedOf(
  { accountId, endpointId, eventId, position }: BacklogRow,
  { delivery, error, reason }: Extract<ParkedOutcome, { kind: 'dead' }>,
): Exhausted {
  return new Exhausted({ accountId, endpointId, eventId, ...deliveryKeyOf(delivery), reason, error, position });
}

/** A delivery that nothing waits for: its event is in its row. */
async function retryOne(
  dependencies: DeliveryDependencies,
  task: RetryTask,
  endpoint: EndpointRow,
): Promise<RetryOutcome> {
  const { clock, deliveries, vitals } = dependencies;
  const previous = await deliveries.get(task);
  const delivery = deliveryIn(previous, task);
  if (!previous || !delivery) return 'gone';
  if (previous.status === 'dead' || (previous.status === 'delivered' && !task.replay)) return 'gone';
  const item = { delivery, endpoint, previous, place: placeOf({ ...endpoint, ordering: 'overtake' }, delivery.event) };
  const parked = async (why: Parameters<typeof park>[2]): Promise<'parked'> => {
    await park(dependencies, { ...item, order: String(clock.now()) }, why);
    return 'parked';
  };
  const exhausted = (reason: DeadReason, error: string) => new Exhausted({ ...keysOf(task), reason, error });
  if (endpoint.disabled) throw exhausted('disabled', `the webhook is disabled (${endpoint.disabled.reason})`);
  const reason = reasonToPark(vitals.state(endpoint.endpointId), clock.now());
  if (reason !== undefined) return await parked({ reason });
  const posted = await postWebhook(dependencies, item, LONGEST_TIMEOUT_MS);
  const settled = await settle(dependencies, item, posted);
  if ('disable' in posted.verdict) await ensureRecovery(dependencies, endpoint);
  switch (settled.kind) {
    case 'delivered':
      return 'delivered';
    case 'again':
      throw new RetryLater(settled.atMs - clock.now());
    case 'dead':
      throw exhausted(settled.reason, settled.error);
    case 'wait':
      return await parked(settled);
  }
}

function deliveryIn(row: DeliveryRow | undefined, { endpointId, replay }: RetryTask): EventDelivery | undefined {
  const event = row?.event && readStoredEvent(row.event);
  return event && { endpointId, event, ...(replay !== undefined && { replay }) };
}

/** The endpoint was deleted: nobody will ask for what waited. */
async function forget({ backlog }: DeliveryDependencies, { blocked }: RetryTask & DeliveryKey): Promise<'gone'> {
  if (!blocked) return 'gone';
  const { chat, lane } = blocked;
  for (;;) {
    const { rows } = await backlog.chatPage(lane, chat, FORGOTTEN_AT_ONCE);
    if (rows.length === 0) break;
    await backlog.remove(rows);
  }
  return 'gone';
}
const FORGOTTEN_AT_ONCE = 100;
