import type { Clock } from '#core/domain/clock.ts';
import { SELF_FENCE_MS } from './figures.ts';

/** Whether this task has to be silent; all that leaves it asks right before it leaves. */
export interface Silence {
  readonly silent: boolean;
  /** Resolves when the task may act, at once if it may already; never when another task has taken over. */
  lifted(): Promise<void>;
}

/**
 * The right of this task to act for its sessions. It holds for some seconds after each heartbeat that reached the table,
 * counted from when that was sent on the monotonic clock; then the task falls silent, before another may hold it for dead
 * (D6). Silence is a pause: a later heartbeat that finds the task's row as it was shows that nobody has taken over.
 */
export class SelfFence implements Silence {
  readonly #clock: Clock;
  readonly #onLost: () => void;
  readonly #waiting = new Set<() => void>();
  #sentMs: number | undefined;
  #lost = false;

  /** @param options.onLost called once, when another task has taken over */
  constructor(options: { readonly clock: Clock; readonly onLost: () => void }) {
    this.#clock = options.clock;
    this.#onLost = options.onLost;
  }

  get silent(): boolean {
    if (this.#lost || this.#sentMs === undefined) return true;
    return this.#clock.monotonic() - this.#sentMs >= SELF_FENCE_MS;
  }

  /** For how long it has been silent by now, milliseconds; 0 when it is not, or has not begun. */
  get silentMs(): number {
    if (this.#lost || this.#sentMs === undefined) return 0;
    return Math.max(0, this.#clock.monotonic() - this.#sentMs - SELF_FENCE_MS);
  }

  /** A heartbeat reached the table. @param sentMs when it was sent, monotonic milliseconds */
  acknowledged(sentMs: number): void {
    this.#sentMs = Math.max(this.#sentMs ?? sentMs, sentMs);
    if (this.silent) return;
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /** Another task has taken over: silent for good. */
  lose(): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#onLost();
  }

  async lifted(): Promise<void> {
    while (this.silent) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }
}
