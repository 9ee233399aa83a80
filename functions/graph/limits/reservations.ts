import type { Bucket, TokenBuckets } from '#core/adapters/dynamodb/token-bucket.ts';
import type { Clock } from '#core/domain/clock.ts';
import { RecentMap } from '#core/domain/recent-map.ts';

/** A bucket that tokens are taken from ahead of their use. */
export interface Source {
  readonly bucket: Bucket;
  /** Tokens of the first take; the next ones go by what is used. */
  readonly first: number;
}

/** Tokens that this process has taken out of shared buckets and not spent yet: one write serves many messages. */
export interface Reservations {
  /** Sees to it that a token is at hand, if the bucket has one: no call while there is one. */
  prepare(source: Source): Promise<void>;
  /** Spends a token. @returns 0, or the milliseconds until there may be one */
  spend(source: Source): Promise<number>;
  /** Takes back what was spent on nothing. No call. */
  putBack(source: Source): void;
  /** Tokens at hand. */
  held(bucket: Bucket): number;
}

/** What is at hand of a bucket may be so much of its burst. */
const MOST_PART = 0.05;
/** Tokens that are not spent within this time are lost, so that a process does not spend today what it took yesterday. Milliseconds. */
const KEPT_MS = 60_000;
const MOST_KNOWN = 10_000;

interface Purse {
  tokens: number;
  /** Milliseconds since the epoch. */
  untilMs: number;
  /** Of the last take: how many, and how many of them were spent. */
  taken: number;
  spent: number;
  /** Takers go one after the other, so that a crowd reserves once. */
  last: Promise<unknown>;
}

/**
 * A message never leaves without a token that was in the bucket, so however many processes reserve, together they never spend
 * more than the bucket gave out. The price: each may spend up to 5 % of the burst a minute late, and loses what it does not spend.
 */
export function makeReservations(options: {
  readonly buckets: Pick<TokenBuckets, 'takeUpTo'>;
  readonly clock: Clock;
}): Reservations {
  const { buckets, clock } = options;
  const purses = new RecentMap<string, Purse>(MOST_KNOWN);
  const purseOf = ({ key, attribute = '', perSecond, burst }: Bucket): Purse => {
    // What was taken under another limit is not spent under this one.
    const name = [key, attribute, perSecond, burst].join(' ');
    const purse = purses.get(name) ?? { tokens: 0, untilMs: 0, taken: 0, spent: 0, last: Promise.resolve() };
    purses.set(name, purse);
    return purse;
  };
  const has = (purse: Purse): boolean => purse.tokens > 0 && clock.now() < purse.untilMs;
  /** @returns 0, or the milliseconds until there may be a token */
  const fill = async (purse: Purse, source: Source): Promise<number> => {
    if (has(purse)) return 0;
    const { tokens, retryAfterMs } = await buckets.takeUpTo(source.bucket, wantedOf(purse, source));
    if (tokens === 0) return retryAfterMs;
    Object.assign(purse, { tokens, taken: tokens, spent: 0, untilMs: clock.now() + KEPT_MS });
    return 0;
  };
  const inTurn = <T>(purse: Purse, work: () => Promise<T>): Promise<T> => {
    const mine = purse.last.then(work);
    purse.last = mine.catch(() => undefined);
    return mine;
  };
  return {
    async prepare(source) {
      const purse = purseOf(source.bucket);
      if (!has(purse)) await inTurn(purse, () => fill(purse, source));
    },
    spend(source) {
      const purse = purseOf(source.bucket);
      return inTurn(purse, async () => {
        const waitMs = await fill(purse, source);
        if (waitMs > 0) return waitMs;
        purse.tokens -= 1;
        purse.spent += 1;
        return 0;
      });
    },
    putBack({ bucket }) {
      const purse = purseOf(bucket);
      purse.tokens += 1;
      purse.spent -= 1;
    },
    held(bucket) {
      const purse = purseOf(bucket);
      return has(purse) ? purse.tokens : 0;
    },
  };
}

/** Twice as many as last time if all of those were used, else as many as were. */
function wantedOf({ taken, spent }: Purse, { bucket, first }: Source): number {
  const wanted = taken === 0 ? first : spent >= taken ? 2 * taken : spent;
  return Math.max(1, Math.min(wanted, Math.floor(bucket.burst * MOST_PART)));
}
