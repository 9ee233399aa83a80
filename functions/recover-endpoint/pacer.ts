import type { TokenBuckets } from '#core/adapters/dynamodb/token-bucket.ts';
import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';
import { type Clock, sleep } from '#core/domain/clock.ts';
import { drainRate } from '#core/domain/delivery/breaker.ts';
import { endpointBucket } from '#core/domain/delivery/endpoint-bucket.ts';

/** Waits until the endpoint may have one more. */
export type Pace = () => Promise<void>;

/** Tokens are taken for so long ahead, milliseconds: four writes a second at any rate (webhooks.md 4.3, pre-reserve). */
const AHEAD_MS = 250;

/** Each look costs a write, and what live events took a moment ago is not back at once, milliseconds. */
const SHORTEST_WAIT_MS = 20;

/** Slowly at first, then up to the endpoint's rate, which live events spend too. Callers are served in the order they come. */
export function makePacer(options: {
  readonly buckets: Pick<TokenBuckets, 'takeUpTo'>;
  readonly clock: Clock;
  readonly endpoint: EndpointRow;
  /** When the drain began, milliseconds since the epoch. */
  readonly sinceMs: number;
}): Pace {
  const { buckets, clock, endpoint, sinceMs } = options;
  const bucket = endpointBucket(endpoint);
  let tokens = 0;
  let nextAtMs = clock.monotonic();
  let last: Promise<void> = Promise.resolve();

  const oneMore = async (): Promise<void> => {
    const rate = drainRate(clock.now() - sinceMs, bucket.perSecond);
    const nowMs = clock.monotonic();
    // Timers are late by a little; what was lost is made up for, a burst is not.
    const atMs = Math.max(nextAtMs, nowMs - AHEAD_MS);
    nextAtMs = atMs + 1000 / rate;
    if (atMs > nowMs) await sleep(clock, atMs - nowMs);
    while (tokens === 0) {
      const taken = await buckets.takeUpTo(bucket, Math.max(1, Math.floor((rate * AHEAD_MS) / 1000)));
      tokens = taken.tokens;
      if (tokens === 0) await sleep(clock, Math.max(SHORTEST_WAIT_MS, taken.retryAfterMs));
    }
    tokens -= 1;
  };
  return () => {
    const mine = last.then(oneMore);
    last = mine.catch(() => undefined);
    return mine;
  };
}
