import type { Address } from '#core/contracts/outbound-command.ts';
import type { Clock } from '#core/domain/clock.ts';
import type { SessionUid } from '#core/domain/ids.ts';
import { formsOf } from '#core/domain/phone-forms.ts';
import { keepTrying } from '../keep-trying.ts';
import type { ColdPauseRow, ParkedTable } from '../messages/parked-table.ts';
import type { Logger } from '../observability/logger.ts';
import { pauseAfter } from './cold-pause.ts';

export interface ColdContactsOptions {
  readonly sessionUid: SessionUid;
  readonly table: ParkedTable;
  /** Digits of everybody who wrote to the session in private, as far as rows of received messages reach back. */
  readonly writers: (sessionUid: SessionUid) => AsyncIterable<string>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly abandoned: AbortSignal;
}

/**
 * Keeps a session from writing to people who never wrote to it, for a time after WhatsApp refused such a message: each further
 * try would make it worse (whatsapp.md section 7). Who has written is read once a pause, so nothing is paid without one.
 */
export class ColdContacts {
  readonly #options: ColdContactsOptions;
  #pause: ColdPauseRow | undefined;
  #writers: Promise<Set<string>> | undefined;

  constructor(options: ColdContactsOptions) {
    this.#options = options;
  }

  /** As an earlier process left it. */
  restore(pause: ColdPauseRow): void {
    this.#pause = pause;
  }

  /** When the pause ends, milliseconds since the epoch; undefined when there is none. */
  get pausedUntilMs(): number | undefined {
    const untilMs = this.#pause?.untilMs ?? 0;
    return this.#options.clock.now() < untilMs ? untilMs : undefined;
  }

  /** Somebody wrote to the session in private. */
  async wrote(phone: string): Promise<void> {
    (await this.#writers)?.add(phone);
  }

  /** When a message to this address may be tried, if not now; milliseconds since the epoch. */
  async refusedUntil(to: Address): Promise<number | undefined> {
    const untilMs = this.pausedUntilMs;
    if (untilMs === undefined || (await this.#knows(to))) return undefined;
    return untilMs;
  }

  /** WhatsApp refused to open a chat. @returns when the next may be tried, milliseconds since the epoch */
  async refused(): Promise<number> {
    const pause = pauseAfter(this.#pause, this.#options.clock.now());
    if (pause !== this.#pause) {
      this.#pause = pause;
      this.#options.logger.warn({ untilMs: pause.untilMs, level: pause.level }, 'whatsapp allows no new chats');
      await this.#store(pause);
    }
    return pause.untilMs;
  }

  /** WhatsApp took a message: if it opened a chat, the next pause is a first one again. */
  async accepted(to: Address): Promise<void> {
    if (!this.#pause || this.pausedUntilMs !== undefined || (await this.#knows(to))) return;
    this.#pause = undefined;
    this.#writers = undefined;
    await this.#store(undefined);
  }

  async #knows(to: Address): Promise<boolean> {
    // Whose user id is known has written, or is in a group of ours.
    if (to.type !== 'individual') return true;
    this.#writers ??= this.#readWriters();
    const writers = await this.#writers;
    return formsOf(to.phone).some((form) => writers.has(form));
  }

  #readWriters(): Promise<Set<string>> {
    const { writers, sessionUid } = this.#options;
    return this.#insist(async () => {
      const found = new Set<string>();
      for await (const phone of writers(sessionUid)) found.add(phone);
      return found;
    });
  }

  #store(pause: ColdPauseRow | undefined): Promise<void> {
    const { table, sessionUid } = this.#options;
    return this.#insist(() => table.putPause(sessionUid, pause));
  }

  #insist<T>(work: () => Promise<T>): Promise<T> {
    const { clock, abandoned: signal, logger } = this.#options;
    return keepTrying({ clock, signal, onFailure: (error) => logger.warn({ error }, 'cold contacts not read') }, work);
  }
}
