import { createHash } from 'node:crypto';
import jsonata from 'jsonata';

/** Where the functions get what is not in their arguments. */
export interface FunctionSources {
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly uuid: () => string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Most elements that `$range` makes, as `States.ArrayRange`. */
const MAX_RANGE = 1_000;

const HASHES: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

const formatTime = jsonata('$fromMillis($at, $picture, $zone)');

/**
 * The functions that Step Functions adds to JSONata, and the time functions on the given clock.
 * `$eval` does not exist in Step Functions; its place is taken so that a use fails.
 */
export function statesFunctions(sources: FunctionSources): Record<string, unknown> {
  return {
    partition,
    range,
    hash,
    parse: (text: unknown) => JSON.parse(asString('parse', text)) as unknown,
    uuid: () => sources.uuid(),
    random: (seed?: unknown) => (seed === undefined ? sources.random() : seeded(asNumber('random', seed))),
    now: (picture?: unknown, zone?: unknown) => formatTime.evaluate(undefined, { at: sources.now(), picture, zone }),
    millis: () => sources.now(),
    eval: () => {
      throw new TypeError('$eval is not supported in Step Functions; use $parse.');
    },
  };
}

function partition(values: unknown, size: unknown): unknown[][] {
  const step = asNumber('partition', size);
  if (!Number.isInteger(step) || step < 1) throw new TypeError('$partition needs a chunk size of 1 or more.');
  const list: unknown[] = Array.isArray(values) ? values : values === undefined ? [] : [values];
  return Array.from({ length: Math.ceil(list.length / step) }, (_, i) => list.slice(i * step, (i + 1) * step));
}

/** Numbers from `first` to `last`, both included. */
function range(first: unknown, last: unknown, delta: unknown): number[] {
  const [from, to, step] = [asNumber('range', first), asNumber('range', last), asNumber('range', delta)];
  if (step === 0) throw new TypeError('$range needs a step other than 0.');
  const length = Math.max(0, Math.floor((to - from) / step) + 1);
  if (length > MAX_RANGE) throw new TypeError(`$range makes ${MAX_RANGE} numbers at most.`);
  return Array.from({ length }, (_, i) => from + i * step);
}

function hash(content: unknown, algorithm: unknown): string {
  const name = asString('hash', algorithm);
  const digest = Object.hasOwn(HASHES, name) ? HASHES[name] : undefined;
  if (!digest) throw new TypeError(`$hash knows ${Object.keys(HASHES).join(', ')}, not ${name}.`);
  return createHash(digest).update(asString('hash', content)).digest('hex');
}

/** One number in [0, 1) of a seed: the mulberry32 mix. AWS's own sequence is not published. */
function seeded(seed: number): number {
  let mixed = (Math.trunc(seed) + 0x6d2b79f5) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

function asNumber(of: string, value: unknown): number {
  if (typeof value === 'number') return value;
  throw new TypeError(`$${of} needs a number.`);
}

function asString(of: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`$${of} needs a string.`);
}
