import type { Retrier } from './definition.ts';
import { errorMatches } from './states-error.ts';

/** Defaults of the Amazon States Language. */
const DEFAULT_INTERVAL_SECONDS = 1;
const DEFAULT_BACKOFF_RATE = 2;
const DEFAULT_MAX_ATTEMPTS = 3;

export interface RetryDecision {
  /** Index of the retrier that takes the error. */
  readonly retrier: number;
  /** Milliseconds to wait before the next attempt. */
  readonly delayMs: number;
}

/**
 * Whether and when a failed state runs again: the first retrier that names the error decides.
 *
 * @param counts retries that each retrier has used since the state was entered
 * @param random uniform in [0, 1); full jitter draws the wait between 0 and the computed delay
 */
export function decideRetry(
  retriers: readonly Retrier[],
  error: string,
  counts: Readonly<Record<number, number>>,
  random: () => number,
): RetryDecision | undefined {
  const index = retriers.findIndex((retrier) => errorMatches(retrier.ErrorEquals, error));
  const retrier = retriers[index];
  if (!retrier) return undefined;
  const used = counts[index] ?? 0;
  if (used >= (retrier.MaxAttempts ?? DEFAULT_MAX_ATTEMPTS)) return undefined;
  const interval = retrier.IntervalSeconds ?? DEFAULT_INTERVAL_SECONDS;
  const grown = interval * (retrier.BackoffRate ?? DEFAULT_BACKOFF_RATE) ** used;
  const delayMs = Math.min(grown, retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY) * 1000;
  return { retrier: index, delayMs: retrier.JitterStrategy === 'FULL' ? random() * delayMs : delayMs };
}
