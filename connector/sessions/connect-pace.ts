import type { Backoff } from './disconnect-reason.ts';
import type { SessionEffect, SessionState, Step, StepContext } from './session-state.ts';

export const MINUTE_MS = 60_000;
/**
 * Connections of one session within a minute, whatever happens to it: backoff alone comes to eight, a pairing with its
 * restarts to five, a line that opens and drops again and again to fifteen. What is above is put off, so that no mistake here
 * or there can become a loop.
 */
export const MOST_CONNECTS_A_MINUTE = 20;
/** Sessions that are put off come back spread over this time, milliseconds. */
const SPREAD_MS = 5000;

/** Connects, or waits until the minute has room for it. */
export function connectNow(state: SessionState, { nowMs, random }: StepContext): Step {
  const attempts = within(state.attempts, MINUTE_MS, nowMs);
  const [oldest = nowMs] = attempts;
  if (attempts.length >= MOST_CONNECTS_A_MINUTE) {
    const delayMs = Math.round(oldest + MINUTE_MS - nowMs + SPREAD_MS * random) + 1;
    return { state: { ...state, attempts, waiting: true }, effects: [{ type: 'wait', delayMs }] };
  }
  return { state: { ...state, attempts: [...attempts, nowMs], waiting: false }, effects: [{ type: 'connect' }] };
}

/** Half of the wait is random, so that sessions that fell together do not come back together. */
export function waitOf(backoff: Backoff, failures: number, { random }: StepContext): SessionEffect {
  const fullMs = Math.min(backoff.longestMs, backoff.firstMs * 2 ** Math.min(Math.max(failures, 1) - 1, 20));
  return { type: 'wait', delayMs: Math.round(fullMs / 2 + (fullMs / 2) * random) };
}

/** Those of the times that are not longer ago than this. */
export const within = (times: readonly number[], ageMs: number, nowMs: number): readonly number[] =>
  times.filter((at) => nowMs - at < ageMs);
