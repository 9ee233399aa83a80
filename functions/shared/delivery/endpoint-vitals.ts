import type { EndpointStateRepository } from '#core/adapters/dynamodb/endpoint-state-repository.ts';
import type { EndpointStateRow } from '#core/contracts/rows/endpoint-state-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import { reasonToOpen } from '#core/domain/delivery/breaker.ts';
import type { Verdict } from '#core/domain/delivery/verdict.ts';
import type { EndpointId } from '#core/domain/ids.ts';
import { Metric } from '#core/observability/metrics.ts';
import { count } from '../count.ts';
import { logger } from '../logger.ts';

/** What this process knows of the health of endpoints, and what it adds to it. */
export interface EndpointVitals {
  /** False if what is known is too old to act on. */
  isFresh(endpointId: EndpointId): boolean;
  /** The state as it was read or written last; undefined: it has never failed. */
  state(endpointId: EndpointId): EndpointStateRow | undefined;
  /** What a read or a write said. */
  learn(endpointId: EndpointId, state: EndpointStateRow | undefined): void;
  /** Notes a POST. A good one costs no write unless the endpoint had been failing; a bad one may open the breaker. */
  note(endpointId: EndpointId, verdict: Verdict): Promise<void>;
}

/** How long a state is believed, milliseconds: an open breaker is respected everywhere after that. */
export const STATE_BELIEVED_MS = 2000;
/** Endpoints that are remembered; the oldest go first. */
const MOST_KNOWN = 5000;

interface Known {
  state: EndpointStateRow | undefined;
  readAtMs: number;
  /** Since the last failure. */
  attempts: number;
  succeeded: boolean;
  failedAtMs: number;
}

/** What went well longer ago than that before a failure does not speak for the endpoint any more, milliseconds. */
const WINDOW_MS = 60_000;
const UNKNOWN = { state: undefined, readAtMs: -Infinity, attempts: 0, succeeded: false, failedAtMs: -Infinity };

export function makeEndpointVitals(options: {
  readonly states: Pick<EndpointStateRepository, 'noteFailures' | 'noteSuccess' | 'open' | 'pause' | 'get'>;
  readonly clock: Clock;
}): EndpointVitals {
  const { states, clock } = options;
  const known = new Map<EndpointId, Known>();
  const of = (endpointId: EndpointId): Known => {
    const entry = known.get(endpointId) ?? { ...UNKNOWN };
    known.delete(endpointId);
    known.set(endpointId, entry);
    const [oldest] = known.keys();
    if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
    return entry;
  };
  const learn = (endpointId: EndpointId, state: EndpointStateRow | undefined): void => {
    Object.assign(of(endpointId), { state, readAtMs: clock.monotonic() });
  };
  const open = async (state: EndpointStateRow, by: string, notBeforeMs?: number): Promise<void> => {
    const opened = await states.open(state, { by, ...(notBeforeMs !== undefined && { notBeforeMs }) });
    learn(state.endpointId, opened ?? (await states.get(state.endpointId)));
    if (!opened) return;
    count({ [Metric.breakerOpened]: 1 });
    logger.info('breaker opened', { endpointId: state.endpointId, generation: opened.generation, reason: by });
  };
  const noteWell = async (endpointId: EndpointId, entry: Known): Promise<void> => {
    entry.succeeded = true;
    const { state } = entry;
    if (state?.failingSinceMs === undefined && !state?.timeoutsInRow) return;
    await states.noteSuccess(endpointId);
    const { failingSinceMs: _, timeoutsInRow: __, ...rest } = state;
    learn(endpointId, rest);
  };
  const noteFailure = async (endpointId: EndpointId, entry: Known, timedOut: boolean): Promise<EndpointStateRow> => {
    const nowMs = clock.monotonic();
    // At the begin of an outage only what fails counts, so that ten failures open the breaker and not seventy percent of a minute.
    const attempts = nowMs - entry.failedAtMs < WINDOW_MS ? entry.attempts : 1;
    const seen = { attempts, failures: 1, timedOut, succeeded: entry.succeeded };
    Object.assign(entry, { attempts: 0, succeeded: false, failedAtMs: nowMs });
    const state = await states.noteFailures(endpointId, seen);
    learn(endpointId, state);
    return state;
  };

  return {
    isFresh: (endpointId) => clock.monotonic() - of(endpointId).readAtMs < STATE_BELIEVED_MS,
    state: (endpointId) => of(endpointId).state,
    learn,
    async note(endpointId, verdict) {
      const entry = of(endpointId);
      entry.attempts += 1;
      // An answer that is final for its event says that the endpoint works.
      if (verdict.kind === 'delivered') return await noteWell(endpointId, entry);
      if (verdict.kind === 'dead')
        return WITHOUT_ANSWER.includes(verdict.reason) ? undefined : await noteWell(endpointId, entry);
      const state = await noteFailure(endpointId, entry, verdict.kind === 'failed' && verdict.timedOut);
      const notBeforeMs = verdict.retryAfterMs === undefined ? undefined : clock.now() + patience(verdict.retryAfterMs);
      if (verdict.kind === 'paused' && state.breaker !== 'open') return await open(state, verdict.error, notBeforeMs);
      if (notBeforeMs !== undefined) learn(endpointId, (await states.pause(endpointId, notBeforeMs)) ?? state);
      const reason = state.breaker === 'open' ? undefined : reasonToOpen(state);
      if (reason !== undefined) await open(state, reason);
    },
  };
}

const WITHOUT_ANSWER: readonly string[] = ['blocked', 'too_large'];
/** `Retry-After: 0` from a receiver that says 429 to everything must not make a loop without a wait. */
const SHORTEST_PAUSE_MS = 1000;
const patience = (retryAfterMs: number): number => Math.max(SHORTEST_PAUSE_MS, retryAfterMs);
