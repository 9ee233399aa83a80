import { type InboundRow, inboundKeyOf } from '../messages/message-row.ts';
import type { RowTrials } from './row-trials.ts';

/** Keeps one session's rows of received messages from taking one task after the other down. */
export class RowGuard {
  readonly #trials: RowTrials;
  readonly #firstOwn: number;
  #muted = false;

  /** @param firstOwn arrival number; what has a lower one was stored by an earlier process, which may have died of it */
  constructor(trials: RowTrials, firstOwn: number) {
    this.#trials = trials;
    this.#firstOwn = firstOwn;
  }

  /** Makes an event out of a row, under a note where an earlier process may have died of that. Undefined: nobody is told. */
  async guarded<T>(row: InboundRow, work: () => Promise<T>): Promise<T | undefined> {
    if (this.#muted) return undefined;
    return row.arrival < this.#firstOwn ? this.#trials.run(inboundKeyOf(row), true, work) : work();
  }

  /** While `work` goes on nobody is told of any row: what tasks have died of comes again with the connection. */
  async mutedDuring(work: () => Promise<void>): Promise<void> {
    this.#muted = true;
    try {
      await work();
    } finally {
      this.#muted = false;
    }
  }
}
