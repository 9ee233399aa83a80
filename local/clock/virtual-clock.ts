import type { Clock } from '#core/domain/clock.ts';

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly fire: () => void;
}

/** Called before, between and after timers, so that work which one started can finish before the next one fires. */
type Settle = () => Promise<void>;

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

  /** @param startMs first wall time, milliseconds since the epoch */
  constructor(startMs: number) {
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
  async advance(byMs: number, settle: Settle = nextTurn): Promise<void> {
    const untilMs = this.#nowMs + byMs;
    await settle();
    for (let next = this.#nextDue(untilMs); next; next = this.#nextDue(untilMs)) {
      this.#timers.delete(next);
      this.#move(Math.max(this.#nowMs, next.dueMs));
      next.fire();
      await settle();
    }
    this.#move(untilMs);
    await settle();
  }

  /** Milliseconds until the next timer falls due; undefined when none is set. */
  untilNext(): number | undefined {
    const next = this.#nextDue(Number.POSITIVE_INFINITY);
    return next && Math.max(0, next.dueMs - this.#nowMs);
  }

  #move(nowMs: number): void {
    this.#nowMs = nowMs;
    for (const listener of this.#listeners) listener(nowMs);
  }

  #nextDue(untilMs: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueMs > untilMs) continue;
      if (!next || timer.dueMs < next.dueMs || (timer.dueMs === next.dueMs && timer.order < next.order)) next = timer;
    }
    return next;
  }
}

const nextTurn: Settle = () => new Promise((resolve) => setImmediate(resolve));
