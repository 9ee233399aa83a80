import type { Clock } from '#core/domain/clock.ts';
import { OFFER_HOLDS_MS } from './figures.ts';

/** Whoever did not take a shard is not asked again for so long, milliseconds. */
const PASSED_OVER_MS = 60_000;

/** Whom this task has offered shards to, and who let an offer lie for too long. */
export class Offers {
  readonly #clock: Clock;
  readonly #open = new Map<number, { readonly target: string; readonly atMs: number }>();
  readonly #passedOver = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  made(shard: number, target: string): void {
    this.#open.set(shard, { target, atMs: this.#clock.monotonic() });
  }

  /** The shard was taken, or the offer taken back. */
  closed(shard: number): void {
    this.#open.delete(shard);
  }

  /** @param ending shards whose target was ready: they are on their way */
  passedOver(ending: ReadonlySet<number>): ReadonlySet<string> {
    const nowMs = this.#clock.monotonic();
    for (const [shard, { target, atMs }] of this.#open) {
      if (ending.has(shard) || nowMs - atMs < OFFER_HOLDS_MS) continue;
      this.#open.delete(shard);
      this.#passedOver.set(target, nowMs + PASSED_OVER_MS);
    }
    for (const [target, untilMs] of this.#passedOver) if (nowMs >= untilMs) this.#passedOver.delete(target);
    return new Set(this.#passedOver.keys());
  }
}
