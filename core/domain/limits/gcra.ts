/** A token bucket: so many tokens a second, so many at once. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/**
 * GCRA: a bucket is one number, the time at which it would be full again (`tat`, milliseconds since the epoch; webhooks.md 4.1).
 * A database can't take the later of two times, so a take is one of two conditional writes, and the item that was in the way
 * of the wrong one tells which is right. The attribute of a step's expressions is called `#tat`.
 */
export interface Step {
  readonly set: string;
  readonly condition: string;
  readonly values: Readonly<Record<string, number>>;
  /** Time from which the tokens are counted, milliseconds since the epoch. */
  readonly fromMs: number;
}

export interface Take {
  /** What the tokens cost, milliseconds. */
  readonly tokensMs: number;
  /** Latest time of the bucket at which the take is admitted, milliseconds since the epoch. */
  readonly limitMs: number;
  /** The write that is right if the bucket still is as it was seen. */
  readonly step: (seen: number | undefined) => Step;
  readonly isRefused: (seen: number | undefined) => boolean;
  readonly isPoisoned: (seen: number | undefined) => seen is number;
}

/** A time further ahead than any take can bring it was written by a clock that was wrong; milliseconds of grace. */
const POISON_MS = 5000;

export const msPerToken = ({ perSecond }: Rate): number => 1000 / perSecond;
const fullAfterMs = (rate: Rate): number => (rate.burst - 1) * msPerToken(rate);

/** A take of 1 to `burst` tokens at a time. @throws RangeError for another number */
export function takeOf(rate: Rate, tokens: number, nowMs: number): Take {
  const { burst } = rate;
  if (!Number.isInteger(tokens) || tokens < 1 || tokens > burst)
    throw new RangeError(`${tokens} tokens can't be taken at once, 1 to ${burst} can`);
  const tokensMs = tokens * msPerToken(rate);
  const limitMs = nowMs + fullAfterMs(rate) - (tokens - 1) * msPerToken(rate);
  const poisonMs = nowMs + fullAfterMs(rate) + msPerToken(rate) + POISON_MS;
  const isPoisoned = (seen: number | undefined): seen is number => seen !== undefined && seen > poisonMs;
  return {
    tokensMs,
    limitMs,
    isPoisoned,
    isRefused: (seen) => seen !== undefined && seen > limitMs && !isPoisoned(seen),
    step(seen) {
      if (isPoisoned(seen)) {
        const values = { ':then': nowMs + tokensMs, ':seen': seen };
        return { set: '#tat = :then', condition: '#tat = :seen', values, fromMs: nowMs };
      }
      if (seen !== undefined && seen > nowMs) {
        const values = { ':more': tokensMs, ':now': nowMs, ':limit': limitMs };
        return { set: '#tat = #tat + :more', condition: '#tat > :now AND #tat <= :limit', values, fromMs: seen };
      }
      const values = { ':then': nowMs + tokensMs, ':now': nowMs };
      return { set: '#tat = :then', condition: 'attribute_not_exists(#tat) OR #tat <= :now', values, fromMs: nowMs };
    },
  };
}

/** How a bucket stands. */
export interface Level {
  /** Whole tokens that could be taken now. */
  readonly left: number;
  /** Until one more is there, milliseconds; 0 when it is full. */
  readonly nextMs: number;
  /** Until it is full, milliseconds. */
  readonly fullMs: number;
}

/** Sums of fractions of milliseconds may be a little off, in tokens. */
const ROUNDING = 1e-6;

/** @param tat undefined: no row, so it is full */
export function levelOf(rate: Rate, tat: number | undefined, nowMs: number): Level {
  const fullMs = Math.max(0, (tat ?? nowMs) - nowMs);
  const exact = (fullAfterMs(rate) - fullMs) / msPerToken(rate) + 1;
  const left = Math.max(0, Math.floor(exact + ROUNDING));
  if (left >= rate.burst) return { left: rate.burst, nextMs: 0, fullMs: Math.ceil(fullMs) };
  return { left, nextMs: untilMs(rate, tat ?? nowMs, { tokens: left + 1, nowMs }), fullMs: Math.ceil(fullMs) };
}

/** Until so many tokens could be taken, whole milliseconds, 1 at least. */
export function untilMs(rate: Rate, tat: number, at: { readonly tokens: number; readonly nowMs: number }): number {
  const limitMs = at.nowMs + fullAfterMs(rate) - (at.tokens - 1) * msPerToken(rate);
  return Math.max(1, Math.ceil(tat - limitMs));
}
