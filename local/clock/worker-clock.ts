import type { ChildProcess } from 'node:child_process';
import type { ActivitySource } from './activity.ts';
import type { TimerSource, VirtualClock } from './virtual-clock.ts';
import { isRestMessage, MEMORY_BYTES, TimeMemory, type TimeMessage } from './virtual-time-protocol.ts';

/** The runner's side of a thread or process that lives in virtual time. */
interface RemoteTime extends ActivitySource, TimerSource {
  /**
   * Say so right after work was handed over (`worker.postMessage(event)`, then `touch()`): the remote
   * side counts as busy until it has come to rest again.
   */
  touch(): void;
  /** The remote side has ended; it is not waited for any more. */
  close(): void;
}

/**
 * Gives a worker thread the time of `clock`. The worker loads `virtual-time-preload.ts` first and gets
 * `memory` there (`install`).
 *
 * A worker is busy from news (the time moved, work came) until no timer of it is due and it waits for
 * nothing real: no request, no file. Waiting for its own timers is rest, and the clock stops at the
 * moment at which the first of them is due. While it waits for requests and for nothing else, whoever
 * knows which of them are answered in virtual time decides (`Activity.hold`).
 */
export class WorkerClock implements RemoteTime {
  readonly memory = new SharedArrayBuffer(MEMORY_BYTES);
  readonly #time = new TimeMemory(this.memory);
  readonly #detach: () => void;
  #open = true;

  constructor(clock: VirtualClock) {
    this.#time.startMs = clock.now();
    this.#time.nextDueMs = undefined;
    this.#time.nowMs = clock.now();
    this.#detach = attach(clock, this, (nowMs) => {
      this.#time.nowMs = nowMs;
      this.touch();
    });
    // Busy from the start: the time must not move on while the worker loads.
    this.touch();
  }

  touch(): void {
    Atomics.add(this.#time.counters, TimeMemory.NEWS, 1);
    Atomics.notify(this.#time.counters, TimeMemory.NEWS);
  }

  busy(): boolean {
    return this.#open && !this.#rests && !this.#waits;
  }

  waitsFor(): number {
    return this.#open && !this.#rests && this.#waits ? Atomics.load(this.#time.counters, TimeMemory.REQUESTS) : 0;
  }

  get #rests(): boolean {
    return this.#hasCaughtUp(TimeMemory.DONE);
  }

  get #waits(): boolean {
    return this.#hasCaughtUp(TimeMemory.WAITING);
  }

  #hasCaughtUp(counter: number): boolean {
    const { counters } = this.#time;
    return Atomics.load(counters, TimeMemory.NEWS) === Atomics.load(counters, counter);
  }

  nextDueMs(): number | undefined {
    return this.#open ? this.#time.nextDueMs : undefined;
  }

  close(): void {
    this.#open = false;
    this.#detach();
  }
}

/**
 * Gives a child process the time of `clock` over its IPC channel: start it with `childrenOnTime`'s preload
 * and `'ipc'` in `stdio`.
 *
 * Its open connections say nothing about work, so it counts as at rest when it did nothing else for a
 * few real milliseconds: what it awaits from the runner must be counted there.
 */
export class ChildClock implements RemoteTime {
  readonly #child: ChildProcess;
  readonly #clock: VirtualClock;
  readonly #detach: () => void;
  #news = 0;
  #done = 0;
  #nextDueMs: number | undefined;

  constructor(clock: VirtualClock, child: ChildProcess) {
    this.#clock = clock;
    this.#child = child;
    this.#detach = attach(clock, this, () => this.touch());
    child.on('message', (message) => {
      if (!isRestMessage(message)) return;
      this.#done = message.done;
      this.#nextDueMs = message.nextDueMs ?? undefined;
    });
    child.once('exit', () => this.close());
    this.touch();
  }

  touch(): void {
    if (!this.#child.connected) return;
    this.#news += 1;
    const message: TimeMessage = { type: 'pombo:time', nowMs: this.#clock.now(), news: this.#news };
    this.#child.send(message);
  }

  busy(): boolean {
    return this.#child.connected && this.#news !== this.#done;
  }

  nextDueMs(): number | undefined {
    return this.#child.connected ? this.#nextDueMs : undefined;
  }

  close(): void {
    this.#detach();
  }
}

function attach(clock: VirtualClock, source: TimerSource, onMove: (nowMs: number) => void): () => void {
  const offMove = clock.onMove(onMove);
  const offTimers = clock.watch(source);
  return () => {
    offMove();
    offTimers();
  };
}
