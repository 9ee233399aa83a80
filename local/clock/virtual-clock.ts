import type { Clock } from '#core/domain/clock.ts';

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly fire: () => void;
}

/** Called before, between and after timers, so that work which one started can finish before the next one fires. */
export type Settle = () => Promise<void>;

/** Timers that somebody else keeps, such as a worker thread; it fires them itself when it hears the time. */
export interface TimerSource {
  /** When the earliest is due, milliseconds since the epoch. */
  nextDueMs(): number | undefined;
}

/**
 * A clock that stands still until a test moves it. Timers fire in order of their due time, and for
 * equal times in the order in which they were set.
 */
export class VirtualClock implements Clock {
  #nowMs: number;
  #order = 0;
  readonly #startMs: number;
  readonly #timers = new Set<Timer>();
  readonly #listeners = new Set<(nowMs: number) => void>();
  readonly #sources = new Set<TimerSource>();
  readonly #settle: Settle;

  /**
   * @param startMs first wall time, milliseconds since the epoch
   * @param settle what `advance` waits for between timers, such as `() => activity.idle()` @default one turn of the event loop
   */
  constructor(startMs: number, settle: Settle = nextTurn) {
    this.#settle = settle;
    this.#nowMs = startMs;
    this.#startMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs - this.#startMs;
  }

  after(delayMs: number, fire: () => void): () => void {
    const timer: Timer = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, fire };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Hears of every move of the clock; the runner passes the time on to handlers in their workers. */
  onMove(listener: (nowMs: number) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * Moves the clock `byMs` milliseconds ahead, firing what falls due on the way, `settle` before the first
   * and after each: what is under way may still set a timer that falls due before those that are set.
   */
  async advance(byMs: number, settle: Settle = this.#settle): Promise<void> {
    const untilMs = this.#nowMs + byMs;
    await settle();
    for (let dueMs = this.#nextStop(); dueMs <= untilMs; dueMs = this.#nextStop()) {
      this.#move(dueMs);
      const timer = this.#nextTimer();
      if (timer && timer.dueMs <= this.#nowMs) {
        this.#timers.delete(timer);
        timer.fire();
      }
      await settle();
    }
    this.#move(untilMs);
    await settle();
  }

  /** Stops at the timers of `source` too, until the returned function is called. */
  watch(source: TimerSource): () => void {
    this.#sources.add(source);
    return () => void this.#sources.delete(source);
  }

  /** Milliseconds until the next timer falls due; undefined when none is set. */
  untilNext(): number | undefined {
    const stop = this.#nextStop();
    return stop === Number.POSITIVE_INFINITY ? undefined : stop - this.#nowMs;
  }

  /** Hears no time twice, and never one that lies before the last: two `advance` may run at once. */
  #move(nowMs: number): void {
    if (nowMs <= this.#nowMs) return;
    this.#nowMs = nowMs;
    for (const listener of this.#listeners) listener(nowMs);
  }

  /** When something is due next, now at the earliest. */
  #nextStop(): number {
    let stop = Math.max(this.#nowMs, this.#nextTimer()?.dueMs ?? Number.POSITIVE_INFINITY);
    for (const source of this.#sources) {
      const dueMs = source.nextDueMs();
      // Of a timer that is due already its keeper has heard; the clock does not wait for it to fire.
      if (dueMs !== undefined && dueMs > this.#nowMs) stop = Math.min(stop, dueMs);
    }
    return stop;
  }

  #nextTimer(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (!next || timer.dueMs < next.dueMs || (timer.dueMs === next.dueMs && timer.order < next.order)) next = timer;
    }
    return next;
  }
}

const nextTurn: Settle = () => new Promise((resolve) => void setImmediate(resolve));
