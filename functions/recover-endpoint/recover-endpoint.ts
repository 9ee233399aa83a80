import type { RecoveryTask } from '#core/contracts/delivery-task.ts';
import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';
import type { EndpointStateRow } from '#core/contracts/rows/endpoint-state-row.ts';
import { lanesOf } from '#core/domain/delivery/backlog-keys.ts';
import { DISABLE_AFTER_MS, isSlow, probeDelayMs, warningDue } from '#core/domain/delivery/breaker.ts';
import { LONGEST_RETRY_AFTER_MS } from '#core/domain/delivery/retry-after.ts';
import type { EndpointId } from '#core/domain/ids.ts';
import { Metric } from '#core/observability/metrics.ts';
import { count } from '../shared/count.ts';
import { ensureRecovery } from '../shared/delivery/park-delivery.ts';
import { RetryLater } from '../shared/delivery/retry-later.ts';
import { type Drained, drainLanes } from './drain-lanes.ts';
import { tellDisabled, tellFailing, tellRecovered } from './endpoint-notices.ts';
import { makePacer } from './pacer.ts';
import { probeEndpoint } from './probe-endpoint.ts';
import type { Look, RecoveryDependencies } from './recovery.ts';

export interface Call {
  /** Names this call among those who drain. */
  readonly token: string;
  readonly remainingMs: () => number;
}

/** closed: all is delivered · continued: another execution goes on · over: the generation is another one's, or its endpoint is gone. */
export type RecoveryOutcome = 'closed' | 'continued' | 'over';

const MINUTE_MS = 60_000;
/** A call works for so long at most, then the machine counts another look (webhooks.md 3.4). */
const SLICE_MS = 10 * MINUTE_MS;
/** For the last attempt of a slice and what is written after it, milliseconds. */
const RESERVE_MS = 40_000;
/** The right to an endpoint, and how often it is renewed, milliseconds. */
const HELD_MS = 120_000;
const RENEW_MS = 30_000;
/** Another call has the endpoint; when to look again, milliseconds. */
const HELD_WAIT_MS = 15_000;
/**
 * After the breaker is closed a call that read the state before may still park something: it believes it for 2 s and lasts 30 s.
 */
const CLOSING_MS = 45_000;
/** An endpoint that is held to its backlog gets what has come meanwhile so often, milliseconds. */
const SLOW_WAIT_MS = 5000;
const LONGEST_WAIT_MS = 15 * MINUTE_MS;
/** One look is about ten events of 25,000 that an execution may have (Step Functions quotas). */
const LOOKS_OF_AN_EXECUTION = 1000;

/**
 * One look at an endpoint that has a backlog: probes it, drains it, or finds it done.
 * @throws RetryLater when it is to be looked at again
 */
export async function recoverEndpoint(
  dependencies: RecoveryDependencies,
  task: RecoveryTask,
  call: Call,
): Promise<RecoveryOutcome> {
  const { cache, clock, executions, states, vitals } = dependencies;
  const { accountId, endpointId, generation, looks } = task;
  if (looks >= LOOKS_OF_AN_EXECUTION) {
    await executions.recover({ ...task, part: task.part + 1 });
    return 'continued';
  }
  cache.forget(accountId, endpointId);
  const endpoint = await cache.endpoint(accountId, endpointId);
  const state = await states.hold(endpointId, { token: call.token, untilMs: clock.now() + HELD_MS });
  if (!state) {
    const other = await states.get(endpointId);
    if (other?.generation !== generation) return 'over';
    throw new RetryLater(HELD_WAIT_MS, task.closing);
  }
  vitals.learn(endpointId, state);
  const lease = keepHold(dependencies, endpointId, call.token);
  try {
    if (!endpoint) return await forgetAll(dependencies, endpointId);
    if (state.generation !== generation) return 'over';
    const startedMs = clock.monotonic();
    const mayGoOn = (): boolean =>
      lease.isHeld() && call.remainingMs() > RESERVE_MS && clock.monotonic() - startedMs < SLICE_MS;
    const pace = makePacer({ ...dependencies, endpoint, sinceMs: rampStart(state, clock.now()) });
    return await act(dependencies, { endpoint, state, token: call.token, pace, mayGoOn }, task);
  } finally {
    lease.stop();
    await states.release(endpointId, call.token);
  }
}

/** One that has not failed, but had more than its rate or was slow, need not be treated gently. */
const rampStart = ({ drainingSinceMs, openedAtMs }: EndpointStateRow, nowMs: number): number =>
  openedAtMs === undefined ? 0 : (drainingSinceMs ?? nowMs);

function keepHold({ clock, states }: RecoveryDependencies, endpointId: EndpointId, token: string) {
  let isHeld = true;
  let cancel = (): void => undefined;
  const renew = async (): Promise<void> => {
    const state = await states.hold(endpointId, { token, untilMs: clock.now() + HELD_MS }).catch(() => undefined);
    if (!state) isHeld = false;
    else arm();
  };
  const arm = (): void => {
    cancel = clock.after(RENEW_MS, () => void renew());
  };
  arm();
  return {
    isHeld: () => isHeld,
    stop: () => {
      isHeld = false;
      cancel();
    },
  };
}

async function act(dependencies: RecoveryDependencies, look: Look, task: RecoveryTask): Promise<RecoveryOutcome> {
  const { clock } = dependencies;
  const { endpoint, state } = look;
  const nowMs = clock.now();
  if (state.breaker === 'closed') return await sweep(dependencies, endpoint);
  if (endpoint.disabled) return await buryAll(dependencies, look);
  if ((state.notBeforeMs ?? 0) > nowMs) {
    await warn(dependencies, look);
    throw new RetryLater(Math.min((state.notBeforeMs ?? 0) - nowMs, LONGEST_RETRY_AFTER_MS));
  }
  if (state.breaker === 'open') return await probe(dependencies, look, task);
  return await drain(dependencies, look);
}

/** Rows of a lane: more could only be of a storm, whose first rows are as new as its last. */
const LOOKED_AT = 20;

/** The breaker is closed; whatever came in while it was closing gets a recovery of its own. */
async function sweep(dependencies: RecoveryDependencies, endpoint: EndpointRow): Promise<RecoveryOutcome> {
  const nowMs = dependencies.clock.now();
  for (const lane of lanesOf(endpoint.endpointId)) {
    const { rows } = await dependencies.backlog.page(lane, LOOKED_AT);
    if (!rows.some(({ notBeforeMs = 0, parkedAtMs }) => notBeforeMs <= nowMs && nowMs - parkedAtMs < SLICE_MS))
      continue;
    await ensureRecovery(dependencies, endpoint);
    return 'continued';
  }
  return 'closed';
}

async function probe(dependencies: RecoveryDependencies, look: Look, task: RecoveryTask): Promise<RecoveryOutcome> {
  const { clock, random, states, vitals } = dependencies;
  const { endpoint, state } = look;
  const { endpointId } = endpoint;
  const openForMs = clock.now() - (state.openedAtMs ?? clock.now());
  if (await disableIfHopeless(dependencies, look)) throw new RetryLater(0);
  await warn(dependencies, look);
  const probes = state.probes ?? 0;
  // It has failed a moment ago, unless it said itself when it is ready again.
  const isTooEarly = probes === 0 && state.notBeforeMs === undefined && task.looks === 0;
  if (!isTooEarly && (await probeEndpoint(dependencies, look))) {
    const draining = await states.drain(vitals.state(endpointId) ?? state);
    if (!draining) throw new RetryLater(0);
    vitals.learn(endpointId, draining);
    const pace = makePacer({ ...dependencies, endpoint, sinceMs: rampStart(draining, clock.now()) });
    return await drain(dependencies, { ...look, state: draining, pace });
  }
  await states.count(endpointId, { probes: 1 });
  const { notBeforeMs = 0 } = vitals.state(endpointId) ?? {};
  throw new RetryLater(Math.max(probeDelayMs(probes, openForMs, random), notBeforeMs - clock.now()));
}

async function drain(dependencies: RecoveryDependencies, look: Look): Promise<RecoveryOutcome> {
  const { clock, random, states, vitals } = dependencies;
  const { endpoint, state } = look;
  const { endpointId } = endpoint;
  const wasSlow = isSlow(state, clock.now());
  const drained = await drainLanes(dependencies, look, wasSlow);
  await states.count(endpointId, { drained: drained.sent, died: drained.died });
  const sums = { drained: (state.drained ?? 0) + drained.sent, died: (state.died ?? 0) + drained.died };
  const staysSlow = wasSlow && (await reviewPace(dependencies, state, drained));
  const { result } = drained;
  switch (result.kind) {
    case 'closed_off': {
      const { notBeforeMs = 0 } = vitals.state(endpointId) ?? {};
      throw new RetryLater(Math.max(probeDelayMs(0, 0, random), notBeforeMs - clock.now()));
    }
    case 'time':
      throw new RetryLater(0);
    case 'later':
      await tellRecovered(dependencies, look, sums);
      throw new RetryLater(Math.min(LONGEST_WAIT_MS, staysSlow ? SLOW_WAIT_MS : result.atMs - clock.now()));
    case 'empty':
      if (staysSlow) throw new RetryLater(SLOW_WAIT_MS);
      return await close(dependencies, look, sums);
  }
}

async function close(
  dependencies: RecoveryDependencies,
  look: Look,
  sums: { readonly drained: number; readonly died: number },
): Promise<RecoveryOutcome> {
  const { states, vitals } = dependencies;
  const { endpointId } = look.endpoint;
  const closed = await states.close(vitals.state(endpointId) ?? look.state);
  if (!closed) throw new RetryLater(0);
  vitals.learn(endpointId, closed);
  await tellRecovered(dependencies, look, sums);
  throw new RetryLater(CLOSING_MS, true);
}

/** An endpoint that answers within a second again is not slow any more; one that does not stays so. @returns whether it is */
async function reviewPace(
  { clock, states }: RecoveryDependencies,
  { endpointId, slowUntilMs = 0 }: EndpointStateRow,
  { durations }: Drained,
): Promise<boolean> {
  if (durations.length < LEAST_ANSWERS) return true;
  const sorted = durations.toSorted((a, b) => a - b);
  const p95 = sorted[Math.floor(sorted.length * 0.95)] ?? 0;
  if (p95 < QUICK_MS) {
    await states.slow(endpointId, 0);
    return false;
  }
  if (slowUntilMs - clock.now() < SLOW_FOR_MS / 2) await states.slow(endpointId, clock.now() + SLOW_FOR_MS);
  return true;
}
const LEAST_ANSWERS = 20;
const QUICK_MS = 1000;
const SLOW_FOR_MS = SLICE_MS;

/** 72 hours of nothing but failures (webhooks.md 3.2). @returns whether it is disabled now */
async function disableIfHopeless(
  { clock, endpoints }: RecoveryDependencies,
  { endpoint, state }: Look,
): Promise<boolean> {
  const nowMs = clock.now();
  if (nowMs - (state.failingSinceMs ?? nowMs) < DISABLE_AFTER_MS) return false;
  const { accountId, endpointId } = endpoint;
  await endpoints.update({ accountId, endpointId }, { disabled: { atMs: nowMs, reason: 'failing' } });
  count({ [Metric.endpointDisabled]: 1 });
  return true;
}

async function warn(dependencies: RecoveryDependencies, look: Look): Promise<void> {
  const { clock, states } = dependencies;
  const { failingSinceMs } = look.state;
  if (failingSinceMs === undefined) return;
  const hours = warningDue(clock.now() - failingSinceMs);
  if (hours === undefined || hours <= (look.state.warnedHours ?? 0)) return;
  if (await states.warn(look.endpoint.endpointId, hours)) await tellFailing(dependencies, look);
}

/** Nothing is sent to a disabled endpoint; what waited for it can be replayed. */
async function buryAll(dependencies: RecoveryDependencies, look: Look): Promise<RecoveryOutcome> {
  const { states, vitals } = dependencies;
  const { endpointId } = look.endpoint;
  const { died, result } = await drainLanes(dependencies, look, false);
  await states.count(endpointId, { died });
  await tellDisabled(dependencies, look, (look.state.died ?? 0) + died);
  if (result.kind !== 'empty') throw new RetryLater(result.kind === 'time' ? 0 : HELD_WAIT_MS);
  const closed = await states.close(vitals.state(endpointId) ?? look.state);
  throw new RetryLater(closed ? CLOSING_MS : 0, closed !== undefined);
}

/** The endpoint was deleted, and so is what waited for it: nobody could ask for it. */
async function forgetAll({ backlog, states }: RecoveryDependencies, endpointId: EndpointId): Promise<'over'> {
  for (const lane of lanesOf(endpointId)) {
    for (;;) {
      const { rows } = await backlog.page(lane, FORGOTTEN_AT_ONCE);
      if (rows.length === 0) break;
      await backlog.remove(rows);
    }
    await backlog.remove(await backlog.blockedChats(lane));
  }
  await states.remove(endpointId);
  return 'over';
}
const FORGOTTEN_AT_ONCE = 100;
