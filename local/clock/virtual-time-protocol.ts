/** How the runner's virtual clock and its threads and processes talk. */

/** Key of `workerData` under which a worker finds the shared memory of its virtual time. */
export const WORKER_DATA_KEY = 'virtualTime';

/** Query parameter of the preload's address that puts a child process on virtual time: its first wall time, milliseconds. */
export const START_PARAMETER = 'start';

/** Bytes of the shared memory: three times as 64-bit microseconds, then four counters of 32 bits. */
export const MEMORY_BYTES = 40;

/** Stands for "no timer is set". */
const NEVER_US = 2n ** 63n - 1n;

/** Fractions of a millisecond matter to timers, so shared times are whole microseconds. */
const toMicroseconds = (ms: number): bigint => BigInt(Math.round(ms * 1000));
const toMilliseconds = (us: bigint): number => Number(us) / 1000;

/** The shared memory of one worker. */
export class TimeMemory {
  readonly #times: BigInt64Array;
  readonly counters: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#times = new BigInt64Array(memory, 0, 3);
    this.counters = new Int32Array(memory, 24, 4);
  }

  /** Index of the counter that the runner raises when there is news for the worker. */
  static readonly NEWS = 0;
  /** Index of the counter to which the worker copies the news that it has dealt with. */
  static readonly DONE = 1;
  /** Index of the news since which the worker only waits for open requests … */
  static readonly WAITING = 2;
  /** … and of how many they are. */
  static readonly REQUESTS = 3;

  get nowMs(): number {
    return toMilliseconds(Atomics.load(this.#times, 0));
  }
  set nowMs(value: number) {
    Atomics.store(this.#times, 0, toMicroseconds(value));
  }

  get startMs(): number {
    return toMilliseconds(Atomics.load(this.#times, 1));
  }
  set startMs(value: number) {
    Atomics.store(this.#times, 1, toMicroseconds(value));
  }

  /** When the worker's earliest timer is due. */
  get nextDueMs(): number | undefined {
    const due = Atomics.load(this.#times, 2);
    return due === NEVER_US ? undefined : toMilliseconds(due);
  }
  set nextDueMs(value: number | undefined) {
    Atomics.store(this.#times, 2, value === undefined ? NEVER_US : toMicroseconds(value));
  }
}

/** From the runner to a child process: the time, and a number to answer with once at rest. */
export interface TimeMessage {
  readonly type: 'pombo:time';
  readonly nowMs: number;
  readonly news: number;
}

/** From a child process: its earliest timer, and the last news that it has dealt with. */
export interface RestMessage {
  readonly type: 'pombo:rest';
  readonly nextDueMs: number | null;
  readonly done: number;
}

export function isTimeMessage(message: unknown): message is TimeMessage {
  return hasType(message, 'pombo:time');
}

export function isRestMessage(message: unknown): message is RestMessage {
  return hasType(message, 'pombo:rest');
}

function hasType(message: unknown, type: string): boolean {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === type;
}
