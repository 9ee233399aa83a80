/**
 * Time as a dependency. Everything in Pombo that needs to know or wait for time takes a `Clock`;
 * the real one is passed in by the composition roots, tests pass a virtual one.
 */
export interface Clock {
  /** Wall time in milliseconds since the Unix epoch. */
  now(): number;
  /** Monotonic milliseconds; only differences mean something. Decides ownership and time-outs. */
  monotonic(): number;
  /** Runs `fire` once, `delayMs` milliseconds from now. The returned function cancels it. */
  after(delayMs: number, fire: () => void): () => void;
}

/** setTimeout fires at once when its delay does not fit into 31 bits (24.8 days), so long waits go in pieces. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, fire) {
    const due = performance.now() + delayMs;
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const left = due - performance.now();
      timer = setTimeout(left > LONGEST_TIMER_MS ? arm : fire, Math.max(0, Math.min(left, LONGEST_TIMER_MS)));
    };
    arm();
    return () => clearTimeout(timer);
  },
};

/** Resolves after `delayMs` milliseconds of `clock`, or as soon as `signal` aborts. Never rejects. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const wake = (): void => {
      cancel();
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const cancel = clock.after(delayMs, wake);
    signal?.addEventListener('abort', wake, { once: true });
  });
}

/**
 * Whether `work` is done within `delayMs` milliseconds of `clock`; it goes on in any case. Rejects when `work` does so in time.
 */
export function inTime(clock: Clock, delayMs: number, work: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(delayMs, () => resolve(false));
    work.then(
      () => {
        cancel();
        resolve(true);
      },
      (error: unknown) => {
        cancel();
        reject(error);
      },
    );
  });
}
