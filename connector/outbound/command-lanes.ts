import type { Clock } from '#core/domain/clock.ts';
import type { Logger } from '../observability/logger.ts';
import type { Hand, Held } from './hand.ts';

/** What becomes of a queue message. */
export type Disposition =
  /** Its work is done and told; delete it. */
  | { readonly type: 'done' }
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
    while (this.#lanes.size > 0) await Promise.all([...this.#lanes.values()].map(({ ended }) => ended));
  }

  async #drive(group: string, waiting: Held[]): Promise<void> {
    // The lane has to be known before its first command can end.
    await Promise.resolve();
    for (let held = waiting.shift(); held; held = waiting.shift()) {
      const disposition = await this.#handle(held);
      // Nothing of the lane may overtake what goes back.
      const followers = disposition.type === 'give_back' ? waiting.splice(0) : [];
      for (const each of [held, ...followers]) await this.#dispose(each, disposition);
    }
    this.#lanes.delete(group);
  }

  async #handle(held: Held): Promise<Disposition> {
    try {
      return await this.#options.handle(held);
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
