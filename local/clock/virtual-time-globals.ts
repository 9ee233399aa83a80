import { createRequire, syncBuiltinESMExports } from 'node:module';
import type { VirtualTimers } from './virtual-timers.ts';

const require = createRequire(import.meta.url);
const RealDate = Date;

/** Where the replaced globals get the time. */
export interface TimeSource {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  readonly timers: VirtualTimers;
}

/**
 * Puts `Date`, `performance.now`, `setTimeout`, `setInterval`, `AbortSignal.timeout`, `node:timers` and
 * `node:timers/promises` on a time source, for everything that runs in this thread afterwards. Node's
 * own inner timers (sockets, keep-alive) stay real.
 */
export function replaceTimeGlobals(source: TimeSource): void {
  replaceDate(source);
  Object.defineProperty(performance, 'now', { value: source.monotonic, configurable: true, writable: true });
  const timers = timerFunctions(source.timers);
  Object.assign(globalThis, timers);
  Object.assign(require('node:timers') as object, timers);
  Object.assign(require('node:timers/promises') as object, promiseFunctions(source));
  AbortSignal.timeout = (delayMs) => {
    const controller = new AbortController();
    const reason = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
    source.timers.set(delayMs, () => controller.abort(reason)).unref();
    return controller.signal;
  };
  syncBuiltinESMExports();
}

function replaceDate({ now }: TimeSource): void {
  const VirtualDate: DateConstructor = new Proxy(RealDate, {
    construct: (target, args: unknown[], newTarget) =>
      Reflect.construct(target, args.length === 0 ? [Math.floor(now())] : args, newTarget) as object,
    apply: () => new RealDate(Math.floor(now())).toString(),
    get: (target, key, receiver) => (key === 'now' ? () => Math.floor(now()) : Reflect.get(target, key, receiver)),
  });
  Object.defineProperty(RealDate.prototype, 'constructor', { value: VirtualDate, configurable: true, writable: true });
  globalThis.Date = VirtualDate;
}

type Callback = (...args: unknown[]) => void;

function timerFunctions(timers: VirtualTimers): Record<string, unknown> {
  const start =
    (repeats: boolean) =>
    (callback: unknown, delayMs?: unknown, ...args: unknown[]) => {
      if (typeof callback !== 'function') throw new TypeError('The "callback" argument must be of type function.');
      return timers.set(delayMs, () => (callback as Callback)(...args), repeats);
    };
  const stop = (handle: unknown): void => timers.clear(handle);
  const setTimeout = start(false);
  // util.promisify(setTimeout) is how older code sleeps.
  Object.defineProperty(setTimeout, PROMISIFY, {
    value: (delayMs: unknown, value: unknown) =>
      new Promise((resolve) => void timers.set(delayMs, () => resolve(value))),
  });
  return { setTimeout, setInterval: start(true), clearTimeout: stop, clearInterval: stop };
}

const PROMISIFY = Symbol.for('nodejs.util.promisify.custom');

interface WaitOptions {
  readonly signal?: AbortSignal;
  readonly ref?: boolean;
}

function promiseFunctions({ timers }: TimeSource): Record<string, unknown> {
  const wait = (delayMs: unknown, value?: unknown, options: WaitOptions = {}): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const { signal, ref } = options;
      const abort = (): void => {
        timers.clear(timer);
        reject(new DOMException('The operation was aborted', 'AbortError'));
      };
      const timer = timers.set(delayMs, () => {
        signal?.removeEventListener('abort', abort);
        resolve(value);
      });
      if (ref === false) timer.unref();
      if (signal?.aborted) return abort();
      signal?.addEventListener('abort', abort, { once: true });
    });
  async function* ticks(delayMs: unknown, value?: unknown, options: WaitOptions = {}): AsyncGenerator {
    for (;;) yield await wait(delayMs, value, options);
  }
  return { setTimeout: wait, setInterval: ticks };
}
