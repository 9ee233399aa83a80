import type { Clock } from '#core/domain/clock.ts';
import { BALANCE_EVERY_MS, PAUSE_PER_SESSION_MS, SETTLED_MS } from './figures.ts';
import { type Fleet, isOld } from './fleet.ts';

/** When this task may give shards away although it stays: seldom, slowly, and never while tasks come and go (webhooks.md 5.4 rule 8). */
export class BalanceRhythm {
  readonly #clock: Clock;
  #members = '';
  #settledAtMs = Number.POSITIVE_INFINITY;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  /** Shards have moved and perhaps more have to. */
  #inRound = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Hears of every look. @returns whether a shard may move now */
  mayMove(fleet: Fleet): boolean {
    const nowMs = this.#clock.monotonic();
    const members = membersOf(fleet);
    if (members !== this.#members) {
      this.#members = members;
      this.#settledAtMs = nowMs + SETTLED_MS;
    }
    return nowMs >= this.#settledAtMs && nowMs >= this.#notBeforeMs;
  }

  /** A shard with so many sessions has moved. */
  moved(sessions: number): void {
    this.#inRound = true;
    this.#notBeforeMs = this.#clock.monotonic() + sessions * PAUSE_PER_SESSION_MS;
  }

  /** A move was allowed and there was none to make, or it failed: the next round has to wait. */
  rest(): void {
    if (!this.#inRound) return;
    this.#inRound = false;
    this.#notBeforeMs = this.#clock.monotonic() + BALANCE_EVERY_MS;
  }
}

const membersOf = ({ tasks }: Fleet): string =>
  [...tasks.values()]
    .filter((row) => !isOld(row) && !row.draining)
    .map(({ taskId, incarnation }) => `${taskId}/${incarnation}`)
    .toSorted()
    .join();
