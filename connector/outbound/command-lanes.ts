import type { Clock } from '#core/domain/clock.ts';
import type { Logger } from '../observability/logger.ts';
import type { Hand, Held } from './hand.ts';

/** What becomes of a queue message. */
export type Disposition =
  /** Its work is done and told; delete it. */
  | { readonly type: 'done' }
  /** The next of its lane may be worked on; what becomes of this one shows later. Rejects as work does. */
  | { readonly type: 'concluding'; readonly concluded: Promise<Disposition> }
  /** Not now: back to the queue, and all later ones of its lane with it. */
  | { readonly type: 'give_back'; readonly delayS?: number; readonly until?: Promise<void> }
  /** Not a command that we can read: left to the redrive, which raises an alarm. */
  | { readonly type: 'poison' };

export interface CommandLanesOptions {
  readonly hand: Hand;
  readonly handle: (held: Held) => Promise<Disposition>;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Lane {
  readonly waiting: Held[];
  readonly ended: Promise<void>;
}

/** One lane a message group: in order within, side by side across. */
export class CommandLanes {
  readonly #options: CommandLanesOptions;
  readonly #lanes = new Map<string, Lane>();
  /** What commands leave to be done beside the next of their lanes. */
  readonly #ending = new Set<Promise<void>>();

  constructor(options: CommandLanesOptions) {
    this.#options = options;
  }

  accept(held: Held): void {
    const lane = this.#lanes.get(held.group);
    if (lane) {
      lane.waiting.push(held);
      return;
    }
    const waiting = [held];
    const ended = this.#drive(held.group, waiting);
    this.#lanes.set(held.group, { waiting, ended });
  }

  /** Resolves when no command is being worked on. */
  async settled(): Promise<void> {
    while (this.#lanes.size > 0 || this.#ending.size > 0)
      await Promise.all([...[...this.#lanes.values()].map(({ ended }) => ended), ...this.#ending]);
  }

  async #drive(group: string, waiting: Held[]): Promise<void> {
    // The lane has to be known before its first command can end.
    await Promise.resolve();
    for (let held = waiting.shift(); held; held = waiting.shift()) {
      const disposition = await this.#dispositionOf(this.#options.handle(held));
      if (disposition.type !== 'give_back') this.#finish(this.#dispose(held, disposition));
      // Nothing of the lane may overtake what goes back.
      else for (const each of [held, ...waiting.splice(0)]) await this.#dispose(each, disposition);
    }
    this.#lanes.delete(group);
  }

  #finish(work: Promise<void>): void {
    this.#ending.add(work);
    void work.finally(() => this.#ending.delete(work));
  }

  async #dispositionOf(work: Promise<Disposition>): Promise<Disposition> {
    try {
      return await work;
    } catch (error) {
      this.#options.logger.error({ error }, 'command failed');
      return { type: 'poison' };
    }
  }

  async #dispose(held: Held, disposition: Disposition): Promise<void> {
    const { hand } = this.#options;
    switch (disposition.type) {
      case 'done':
        await hand.done(held);
        return;
      case 'concluding':
        await this.#dispose(held, await this.#dispositionOf(disposition.concluded));
        return;
      case 'give_back':
        await hand.giveBack(held, disposition.delayS);
        void disposition.until?.then(() => hand.show(held));
        return;
      case 'poison':
        hand.leave(held);
        return;
    }
  }
}
