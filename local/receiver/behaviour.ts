/** What a receiver does with a webhook. */
export type Reaction =
  | { readonly kind: 'answer'; readonly status: number; readonly headers: Readonly<Record<string, string>> }
  /** Cuts the connection without an answer. */
  | { readonly kind: 'reset' }
  /** Begins to answer and sends a byte a second, for ever. */
  | { readonly kind: 'drip' };

/** How a receiver has been told to behave. */
export interface Behaviour {
  /** What it does when it misbehaves. */
  readonly reaction: Reaction;
  /** How often it misbehaves, 0 to 1; else it answers 200. */
  readonly share: number;
  /** Waits this long before it does anything, milliseconds. */
  readonly delayMs: number;
  /** Misbehaves so many times, then answers 200; undefined for ever. */
  readonly times: number | undefined;
}

const answer = (status: number, headers: Readonly<Record<string, string>> = {}): Reaction => ({
  kind: 'answer',
  status,
  headers,
});
export const FINE: Reaction = answer(200);
export const WELL: Behaviour = { reaction: FINE, share: 0, delayMs: 0, times: undefined };

/** Longest that a receiver can be told to wait, milliseconds; Pombo gives up after 30 s at most. */
const LONGEST_DELAY_MS = 3_600_000;
const NOTHING = { delayMs: 0, times: undefined } as const;

/**
 * Reads how to behave from words such as `fail 500`, `fail 30%`, `fail 503 x3`, `slow 20s`, `retry-after 60`, `410`, `reset`,
 * `drip`, `abort`, `disable`, `redirect`, `ok`. @returns undefined for words that say nothing of the kind
 */
export function parseBehaviour(line: string): Behaviour | undefined {
  const [verb = '', ...rest] = line.trim().toLowerCase().split(/\s+/);
  const status = statusOf(verb);
  if (status !== undefined) return misbehaviour(answer(status), rest);
  return Object.hasOwn(VERBS, verb) ? VERBS[verb]?.(rest) : undefined;
}

const VERBS: Readonly<Record<string, (rest: readonly string[]) => Behaviour | undefined>> = {
  ok: (rest) => (rest.length === 0 ? WELL : undefined),
  fail: ([first = '', ...rest]) => {
    const status = statusOf(first);
    return status === undefined ? misbehaviour(answer(500), words(first, rest)) : misbehaviour(answer(status), rest);
  },
  slow,
  'retry-after': retryAfter,
  redirect: (rest) => misbehaviour(answer(302, { location: 'http://127.0.0.1:1/' }), rest),
  abort: (rest) => misbehaviour(answer(400, { 'webhook-delivery': 'abort-message' }), rest),
  disable: (rest) => misbehaviour(answer(400, { 'webhook-delivery': 'disable' }), rest),
  reset: (rest) => misbehaviour({ kind: 'reset' }, rest),
  drip: (rest) => misbehaviour({ kind: 'drip' }, rest),
};

const words = (first: string, rest: readonly string[]): readonly string[] => (first === '' ? rest : [first, ...rest]);

/** `30%` and `x3` behind a misbehaviour. */
function misbehaviour(reaction: Reaction, rest: readonly string[]): Behaviour | undefined {
  let behaviour: Behaviour = { ...NOTHING, reaction, share: 1 };
  for (const word of rest) {
    const share = /^(\d{1,3})%$/.exec(word)?.[1];
    const times = /^x(\d{1,6})$/.exec(word)?.[1];
    if (share !== undefined && Number(share) <= 100) behaviour = { ...behaviour, share: Number(share) / 100 };
    else if (times !== undefined) behaviour = { ...behaviour, times: Number(times) };
    else return undefined;
  }
  return behaviour;
}

function slow([time = '', ...rest]: readonly string[]): Behaviour | undefined {
  const delayMs = durationOf(time);
  const behaviour = misbehaviour(FINE, rest);
  return delayMs === undefined || !behaviour ? undefined : { ...behaviour, delayMs };
}

function retryAfter([time = '60', ...rest]: readonly string[]): Behaviour | undefined {
  const delayMs = durationOf(/^\d+$/.test(time) ? `${time}s` : time);
  if (delayMs === undefined) return undefined;
  const status = statusOf(rest[0] ?? '');
  const seconds = String(Math.ceil(delayMs / 1000));
  return misbehaviour(answer(status ?? 429, { 'retry-after': seconds }), status === undefined ? rest : rest.slice(1));
}

const statusOf = (word: string): number | undefined =>
  /^[1-5]\d\d$/.test(word) && Number(word) >= 200 ? Number(word) : undefined;

/** `20s`, `500ms`, `2m`. @returns milliseconds */
function durationOf(word: string): number | undefined {
  const [, count, unit = 's'] = /^(\d{1,7})(ms|s|m)?$/.exec(word) ?? [];
  if (count === undefined) return undefined;
  const ms = Number(count) * { ms: 1, s: 1000, m: 60_000 }[unit as 'ms' | 's' | 'm'];
  return ms <= LONGEST_DELAY_MS ? ms : undefined;
}

/** How a behaviour is told back: the words that ask for it. */
export function wordsOf({ reaction, share, delayMs, times }: Behaviour): string {
  const often = `${share === 1 || share === 0 ? '' : ` ${Math.round(share * 100)}%`}${times === undefined ? '' : ` x${times}`}`;
  if (delayMs > 0) return `slow ${delayMs % 1000 === 0 ? `${delayMs / 1000}s` : `${delayMs}ms`}${often}`;
  if (share === 0) return 'ok';
  if (reaction.kind !== 'answer') return `${reaction.kind}${often}`;
  const retry = reaction.headers['retry-after'];
  const control = reaction.headers['webhook-delivery'];
  if (retry !== undefined) return `retry-after ${retry} ${reaction.status}${often}`;
  if (control !== undefined) return `${control.replace('-message', '')}${often}`;
  return `fail ${reaction.status}${often}`;
}

/**
 * Decides about one webhook.
 * @param random 0 (included) to 1
 * @returns what to do, and how to behave from now on
 */
export function react(
  behaviour: Behaviour,
  random: number,
): { readonly reaction: Reaction; readonly delayMs: number; readonly next: Behaviour } {
  if (random >= behaviour.share) return { reaction: FINE, delayMs: 0, next: behaviour };
  const { reaction, delayMs, times } = behaviour;
  if (times === undefined) return { reaction, delayMs, next: behaviour };
  return { reaction, delayMs, next: times <= 1 ? WELL : { ...behaviour, times: times - 1 } };
}
