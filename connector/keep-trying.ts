import { type Clock, sleep } from '#core/domain/clock.ts';

export interface Persistence {
  readonly clock: Clock;
  /** Ends the attempts: the last error is thrown, or the signal's reason before the first one. */
  readonly signal?: AbortSignal;
  /** Errors that time does not heal: thrown at once. @default none */
  readonly isFinal?: (error: unknown) => boolean;
  readonly onFailure?: (error: unknown, attempt: number) => void;
  /** First wait, milliseconds; doubles up to `longestMs`. @default 100 */
  readonly firstMs?: number;
  /** @default 5000 */
  readonly longestMs?: number;
}

/**
 * Repeats `work` until it succeeds. For steps whose failure would lose something: the SDK has already retried by itself,
 * so a failure here is an outage that has to be sat out.
 */
export async function keepTrying<T>(persistence: Persistence, work: () => Promise<T>): Promise<T> {
  const { clock, signal, isFinal, onFailure, firstMs = 100, longestMs = 5000 } = persistence;
  for (let attempt = 0; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      onFailure?.(error, attempt);
      if (signal?.aborted || isFinal?.(error)) throw error;
      await sleep(clock, Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 16)), signal);
    }
  }
}
