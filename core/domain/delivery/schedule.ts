import type { DeadReason, DeliveryAttempt } from '../../contracts/rows/delivery-row.ts';
import type { EndpointRow } from '../../contracts/rows/endpoint-row.ts';
import type { Patience, Verdict } from './verdict.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Delay before attempt n, milliseconds: ten attempts in 22.7 hours (webhooks.md 3.2). The last step repeats. */
const STEPS_MS = [
  0,
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
] as const;
export const DEFAULT_MAX_ATTEMPTS = STEPS_MS.length;
/** An endpoint that has done nothing but fail for as long is disabled; nothing waits longer (webhooks.md 3.2). */
export const DEFAULT_MAX_AGE_MS = 72 * HOUR;
/** 404 while a receiver is deployed must not lose events, and not burn a day either. */
const CLIENT_ERROR_ATTEMPTS = 5;
const CERTIFICATE_ATTEMPTS = 2;
const NO_SUCH_NAME_MS = HOUR;
/** Jitter: the step times 0.8 to 1.2, so that what failed together does not come back together. */
const JITTER = 0.2;
const FLOOR_MS = SECOND;

export interface Past {
  /** With the one just made. */
  readonly attempts: number;
  /** With the one just made. */
  readonly history: readonly DeliveryAttempt[];
  readonly firstAttemptAtMs: number;
}

export type Next =
  | { readonly kind: 'again'; readonly delayMs: number }
  | { readonly kind: 'dead'; readonly reason: DeadReason; readonly error: string };

/** What follows a failed attempt. @param random uniform in [0, 1) */
export function nextAfter(
  verdict: Extract<Verdict, { kind: 'failed' }>,
  past: Past,
  retry: EndpointRow['retry'],
  when: { readonly nowMs: number; readonly random: () => number },
): Next {
  const spent = exhausted(verdict.patience, past, retry, when.nowMs);
  if (spent) return { kind: 'dead', reason: spent, error: verdict.error };
  const delayMs = Math.max(stepMs(past.attempts, retry, when.random), verdict.retryAfterMs ?? 0);
  const { maxAgeMs = DEFAULT_MAX_AGE_MS } = retry ?? {};
  if (when.nowMs + delayMs > past.firstAttemptAtMs + maxAgeMs)
    return { kind: 'dead', reason: 'expired', error: verdict.error };
  return { kind: 'again', delayMs };
}

/** Delay after that many attempts, jittered, at least a second. */
function stepMs(attempts: number, retry: EndpointRow['retry'], random: () => number): number {
  const step = STEPS_MS[Math.min(attempts, STEPS_MS.length - 1)] ?? 0;
  const first = retry?.firstDelayMs;
  // The owner's first delay is the first one and the least of the others.
  const wanted = first === undefined ? step : attempts <= 1 ? first : Math.max(step, first);
  return Math.max(FLOOR_MS, Math.round(wanted * (1 - JITTER + 2 * JITTER * random())));
}

function exhausted(
  patience: Patience,
  { attempts, history, firstAttemptAtMs }: Past,
  retry: EndpointRow['retry'],
  nowMs: number,
): DeadReason | undefined {
  if (attempts >= (retry?.maxAttempts ?? DEFAULT_MAX_ATTEMPTS)) return 'exhausted';
  const alike = history.filter((attempt) => attempt.patience === patience).length;
  switch (patience) {
    case 'full':
      return undefined;
    case 'client_error':
      return alike >= CLIENT_ERROR_ATTEMPTS ? 'refused' : undefined;
    case 'certificate':
      return alike >= CERTIFICATE_ATTEMPTS ? 'certificate' : undefined;
    case 'no_such_name':
      return nowMs - firstAttemptAtMs >= NO_SUCH_NAME_MS ? 'dns' : undefined;
  }
}
