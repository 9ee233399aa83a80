import type { EndpointStateRow } from '../../contracts/rows/endpoint-state-row.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The breaker opens at so many attempts within a minute … */
const LEAST_ATTEMPTS = 10;
/** … of which this part failed … */
const FAILED_PART = 0.7;
/** … or at so many timeouts without an answer between them (webhooks.md 3.2) … */
const TIMEOUTS_IN_ROW = 5;
/**
 * … or at so many failures within a minute in which nothing went well. Each failure before costs an execution of the retry machine
 * and bar 6 allows five in an outage; of a receiver that refuses one request in five, the first five of a minute fail all once in
 * two days.
 */
const FAILURES_WITHOUT_SUCCESS = 5;

/** @returns why the breaker has to open, one sentence; undefined if it has not */
export function reasonToOpen(state: EndpointStateRow): string | undefined {
  const { windowAttempts = 0, windowFailures = 0, timeoutsInRow = 0 } = state;
  if (timeoutsInRow >= TIMEOUTS_IN_ROW) return `${timeoutsInRow} timeouts in a row`;
  if (windowFailures >= FAILURES_WITHOUT_SUCCESS && windowFailures >= windowAttempts)
    return `${windowFailures} attempts within a minute failed and none went well`;
  if (windowAttempts < LEAST_ATTEMPTS || windowFailures < FAILED_PART * windowAttempts) return undefined;
  return `${windowFailures} of ${windowAttempts} attempts within a minute failed`;
}

/**
 * After the first four, a probe each 48 s ± 20 %: with the time that a probe takes, the first delivery after a recovery is then
 * at most a minute late. (webhooks.md says 60 s ± 20 %, which is up to 72 s.)
 */
const PROBES_MS = [5 * SECOND, 10 * SECOND, 20 * SECOND, 40 * SECOND];
const PROBE_MS = 48 * SECOND;
/** Who has been down for a day is asked less often. */
const LATE_PROBE_MS = 5 * MINUTE;
const OFTEN_FOR_MS = 24 * HOUR;
const JITTER = 0.2;

/** Wait before the next probe, milliseconds. @param probes made since the breaker opened @param random uniform in [0, 1) */
export function probeDelayMs(probes: number, openForMs: number, random: () => number): number {
  const step = PROBES_MS[probes] ?? (openForMs < OFTEN_FOR_MS ? PROBE_MS : LATE_PROBE_MS);
  return Math.round(step * (1 - JITTER + 2 * JITTER * random()));
}

/** Good probes in a row after which the backlog goes out. */
export const GOOD_PROBES = 3;

const FIRST_RATE = 5;
const DOUBLES_AFTER_MS = 30 * SECOND;

/** Deliveries a second that long after the drain began: 5, twice as many each 30 s, at most the endpoint's rate. */
export const drainRate = (drainingForMs: number, most: number): number =>
  Math.min(most, FIRST_RATE * 2 ** Math.floor(drainingForMs / DOUBLES_AFTER_MS));

/** Only failures for that long: disabled. */
export const DISABLE_AFTER_MS = 72 * HOUR;
/** Its operator is told before, hours; the first time after five minutes. */
const WARNINGS_H = [48, 24, 1, 5 / 60] as const;

/** The warning that is due after that long of only failures, hours; undefined before the first. */
export const warningDue = (failingForMs: number): number | undefined =>
  WARNINGS_H.find((hours) => failingForMs >= hours * HOUR);

/** Nothing may be sent: the breaker is open, or the receiver asked for patience. */
export function isClosedOff(state: EndpointStateRow | undefined, nowMs: number): boolean {
  return state !== undefined && (state.breaker === 'open' || (state.notBeforeMs ?? 0) > nowMs);
}

/** Everything goes through the backlog, because others had to wait for it: it answers slowly, or has more events than its rate. */
export const isSlow = (state: EndpointStateRow | undefined, nowMs: number): boolean =>
  (state?.slowUntilMs ?? 0) > nowMs;
