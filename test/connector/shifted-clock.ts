import type { Clock } from '#core/domain/clock.ts';

/** Real time that a test may set ahead: what a kill leaves behind in a queue is seen again at once. */
export class ShiftedClock implements Clock {
  #aheadMs = 0;
  readonly #timers = new Set<{ readonly dueMs: number; readonly fire: () => void; handle: NodeJS.Timeout }>();

  now(): number {
    return Date.now() + this.#aheadMs;
  }

  monotonic(): number {
    return performance.now() + this.#aheadMs;
  }

  after(delayMs: number, fire: () => void): () => void {
    const timer = { dueMs: this.monotonic() + delayMs, fire, handle: setTimeout(() => undefined, 0) };
    this.#timers.add(timer);
    this.#arm(timer);
    return () => {
      clearTimeout(timer.handle);
      this.#timers.delete(timer);
    };
  }

  skip(byMs: number): void {
    this.#aheadMs += byMs;
    for (const timer of this.#timers) this.#arm(timer);
  }

  #arm(timer: { readonly dueMs: number; readonly fire: () => void; handle: NodeJS.Timeout }): void {
    clearTimeout(timer.handle);
    timer.handle = setTimeout(
      () => {
        this.#timers.delete(timer);
        timer.fire();
      },
      Math.max(0, timer.dueMs - this.monotonic()),
    );
  }
}
