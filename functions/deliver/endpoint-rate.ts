import type { TokenBuckets } from '#core/adapters/dynamodb/token-bucket.ts';
import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import { endpointBucket } from '#core/domain/delivery/endpoint-bucket.ts';
import type { EndpointId } from '#core/domain/ids.ts';

/** Keeps each endpoint to its rate. */
export interface EndpointRate {
  /** @returns milliseconds until the next one could be sent; 0: send this one now */
  admit(endpoint: EndpointRow): Promise<number>;
}

/** The part of the rate that all calls side by side may spend without asking. */
const FREE_PART = 0.5;
const SECOND_MS = 1000;
/** Of the last second's events so many are reserved for the next one. */
const RESERVE_PART = 1.2;
/**
 * What is not spent by then is lost, milliseconds: long enough that the calls among which SQS spreads a steady flow spend what they
 * reserve (at one second, four fifths of the rate parked some), short enough that one which has nothing to do any more holds none.
 */
const RESERVED_FOR_MS = 5000;
const MOST_KNOWN = 5000;

interface Account {
  /** When the own share would be whole again, monotonic milliseconds. */
  wholeAtMs: number;
  /** Reserved in the shared bucket, to be spent until then. */
  tokens: number;
  untilMs: number;
  /** Asked for in the second that began then, and in the one before. */
  secondAtMs: number;
  asked: number;
  askedBefore: number;
  /** Takers go one after the other, so that a batch reserves once. */
  last: Promise<unknown>;
}

/**
 * Each of the calls that run side by side spends its share of half the rate by itself, so an endpoint below that costs no write.
 * Beyond it a call reserves tokens in the shared bucket for the next second: one write a second, not one an event. The price:
 * the shared bucket admits the full rate, so that together at most 1.5 times the rate, plus the burst, can be sent.
 * @param calls most calls of the function at once
 */
export function makeEndpointRate(options: {
  readonly buckets: Pick<TokenBuckets, 'takeUpTo'>;
  readonly clock: Clock;
  readonly calls: number;
}): EndpointRate {
  const { buckets, clock, calls } = options;
  const accounts = new Map<EndpointId, Account>();
  const accountOf = (endpointId: EndpointId): Account => {
    const account = accounts.get(endpointId) ?? newAccount();
    accounts.delete(endpointId);
    accounts.set(endpointId, account);
    const [oldest] = accounts.keys();
    if (accounts.size > MOST_KNOWN && oldest !== undefined) accounts.delete(oldest);
    return account;
  };
  /** @returns milliseconds to wait */
  const spend = async (endpoint: EndpointRow, account: Account): Promise<number> => {
    const bucket = endpointBucket(endpoint);
    if (account.tokens === 0 || clock.monotonic() >= account.untilMs) {
      const wanted = Math.ceil(Math.max(account.askedBefore, account.asked, 1) * RESERVE_PART);
      const taken = await buckets.takeUpTo(bucket, wanted);
      if (taken.tokens === 0) return taken.retryAfterMs;
      Object.assign(account, { tokens: taken.tokens, untilMs: clock.monotonic() + RESERVED_FOR_MS });
    }
    account.tokens -= 1;
    return 0;
  };
  return {
    async admit(endpoint) {
      const account = accountOf(endpoint.endpointId);
      const nowMs = clock.monotonic();
      ask(account, nowMs);
      const shareMs = (SECOND_MS * calls) / (endpointBucket(endpoint).perSecond * FREE_PART);
      const wholeAtMs = Math.max(nowMs, account.wholeAtMs);
      if (wholeAtMs - nowMs < SECOND_MS) {
        account.wholeAtMs = wholeAtMs + shareMs;
        return 0;
      }
      const mine = account.last.then(() => spend(endpoint, account));
      account.last = mine.catch(() => undefined);
      return await mine;
    },
  };
}

const newAccount = (): Account => ({
  wholeAtMs: 0,
  tokens: 0,
  untilMs: 0,
  secondAtMs: 0,
  asked: 0,
  askedBefore: 0,
  last: Promise.resolve(),
});

function ask(account: Account, nowMs: number): void {
  const agoMs = nowMs - account.secondAtMs;
  if (agoMs >= SECOND_MS) {
    account.askedBefore = agoMs < 2 * SECOND_MS ? account.asked : 0;
    Object.assign(account, { asked: 0, secondAtMs: nowMs });
  }
  account.asked += 1;
}
