import type { Clock } from '#core/domain/clock.ts';
import { FREE_FOR_ALL_MS } from './figures.ts';
import { type Fleet, ownerOf } from './fleet.ts';

/** Notices shards that nobody takes, because whom they fall to can't: then anybody does (D6: better too many than none). */
export class FreeWatch {
  readonly #clock: Clock;
  #freeSince: ReadonlyMap<number, number> = new Map();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Hears of every look at which shards could be taken. @returns shards that have been free for too long */
  see(fleet: Fleet): ReadonlySet<number> {
    const nowMs = this.#clock.monotonic();
    const free = fleet.leases.filter((lease) => !ownerOf(fleet, lease)).map(({ shard }) => shard);
    this.#freeSince = new Map(free.map((shard) => [shard, this.#freeSince.get(shard) ?? nowMs]));
    return new Set(free.filter((shard) => nowMs - (this.#freeSince.get(shard) ?? nowMs) >= FREE_FOR_ALL_MS));
  }

  /** Shards can't be taken at all. */
  forget(): void {
    this.#freeSince = new Map();
  }
}
