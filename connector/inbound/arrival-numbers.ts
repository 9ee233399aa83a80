import type { SessionUid } from '#core/domain/ids.ts';

/** Messages of one session in one tenure of its shard: a hundred a second for more than a year. */
const NUMBERS_A_TENURE = 2 ** 32;

/**
 * Numbers for arriving messages that grow within a session, whoever owns it and however wrong its clock is: the epoch of
 * the owner's tenure, which only grows (D6), and a count. Exact in JSON up to an epoch of two million.
 */
export class ArrivalNumbers {
  readonly #epoch: number;
  readonly #counts = new Map<SessionUid, number>();

  /** @param epoch of the tenure that this object is made for; a second object of one epoch would repeat its numbers */
  constructor(epoch: number) {
    this.#epoch = epoch;
  }

  next(sessionUid: SessionUid): number {
    const count = (this.#counts.get(sessionUid) ?? 0) + 1;
    this.#counts.set(sessionUid, count);
    return this.#epoch * NUMBERS_A_TENURE + count;
  }
}
