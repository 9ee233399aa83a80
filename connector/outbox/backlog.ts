import type { Clock } from '#core/domain/clock.ts';
import type { SessionUid } from '#core/domain/ids.ts';
import { keepTrying } from '../keep-trying.ts';
import type { ColdPauseRow, ParkedMessage, ParkedTable } from '../messages/parked-table.ts';
import type { Logger } from '../observability/logger.ts';
import { ParkedIndex } from './parked-index.ts';

export interface BacklogOptions {
  readonly sessionUid: SessionUid;
  readonly table: ParkedTable;
  readonly onPause: (pause: ColdPauseRow) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Nothing is tried again: the shard is not ours any more. */
  readonly abandoned: AbortSignal;
}

/** What becomes of a parked message: told for good, or still to wait. */
export type Disposed = 'concluded' | 'waits';

/** Rows in memory at a time for one chat. */
const PAGE = 20;

/**
 * The parked messages of one session (D5): in the table, with a few numbers a chat in memory. A message is removed after
 * its final status is told, so a crash in between tells it again and loses nothing.
 */
export class Backlog {
  readonly #options: BacklogOptions;
  readonly #index = new ParkedIndex();

  constructor(options: BacklogOptions) {
    this.#options = options;
  }

  /** Messages that wait, about. */
  get size(): number {
    return this.#index.size;
  }

  /** Of these, messages of a later time. */
  get later(): number {
    return this.#index.later;
  }

  get isEmpty(): boolean {
    return this.#index.isEmpty;
  }

  /** Whether the chat has messages that could go but for their session, so that the next one has to go behind them. */
  has(chat: string): boolean {
    return this.#index.has(chat);
  }

  /** Chats to drain. One with a write under way is not, until that is through: its table may look empty. */
  *ready(): Iterable<string> {
    for (const chat of this.#index.chats()) if (!this.#index.isWriting(chat)) yield chat;
  }

  /** Learns what earlier processes have parked. */
  load(): Promise<void> {
    const { table, sessionUid, onPause } = this.#options;
    return this.#insist(async () => {
      // Read in full before the index hears of it: a failure half-way is read again.
      const glances = [];
      for await (const page of table.glances(sessionUid)) glances.push(...page);
      for (const glance of glances) {
        if (glance.type === 'waiting') this.#index.inherit(glance.chat, glance.expiresAtMs);
        if (glance.type === 'later') this.#index.addLater(glance.dueMs);
        if (glance.type === 'pause') onPause(glance.pause);
      }
    });
  }

  /** Resolves when the message is in the table. */
  async park(message: ParkedMessage): Promise<void> {
    const { chat, dueMs, expiresAtMs } = message;
    const put = (): Promise<void> => this.#insist(() => this.#options.table.put(message));
    if (dueMs !== undefined) {
      await put();
      this.#index.addLater(dueMs);
      return;
    }
    this.#index.writing(chat, expiresAtMs);
    await put().finally(() => this.#index.written(chat, expiresAtMs));
  }

  /**
   * Takes the messages of one chat in their order until none is left or one has to wait. Only one at a time may do so for a chat.
   * @param dispose `inherited`: another process may have begun with it
   */
  async drain(chat: string, dispose: (message: ParkedMessage, inherited: boolean) => Promise<Disposed>): Promise<void> {
    const { table, sessionUid } = this.#options;
    for (;;) {
      const writes = this.#index.writesOf(chat);
      const page = await this.#insist(() => table.ofChat(sessionUid, chat, PAGE));
      // A write that is under way calls for another drain when it is through.
      if (page.length === 0 && (this.#index.settle(chat, writes) || this.#index.isWriting(chat))) return;
      for (const message of page) {
        if ((await dispose(message, this.#index.isInherited(chat))) === 'waits') return;
        await this.#remove(message);
      }
    }
  }

  /** Chats that have messages whose time is over. */
  overdue(): readonly string[] {
    return this.#index.overdue(this.#options.clock.now());
  }

  /**
   * Takes out of one chat what is over. Only while nobody drains it.
   * @param fail `begun`: the first of its chat, with which another process may have begun
   */
  async expire(chat: string, fail: (message: ParkedMessage, begun: boolean) => Promise<unknown>): Promise<void> {
    const { table, sessionUid, clock } = this.#options;
    const writes = this.#index.writesOf(chat);
    const firstOnes = this.#index.lookingThrough(chat);
    let begun = this.#index.isInherited(chat);
    let left = 0;
    for (let after: ParkedMessage | undefined; ; ) {
      const page = await this.#insist(() => table.ofChat(sessionUid, chat, PAGE, after));
      for (const message of page) {
        if (message.expiresAtMs <= clock.now()) {
          await fail(message, begun);
          await this.#remove(message);
        } else {
          this.#index.found(chat, message.expiresAtMs);
          left += 1;
        }
        begun = false;
      }
      after = page.at(-1);
      if (page.length === 0 || (firstOnes && left > 0)) break;
    }
    if (left === 0) this.#index.settle(chat, writes);
  }

  /** Puts the messages whose time has come among those of their chats, behind none that was accepted later. */
  async moveDue(): Promise<void> {
    const { table, sessionUid, clock } = this.#options;
    if (this.#index.nextDueMs > clock.now()) return;
    for (;;) {
      this.#index.lookingAtLater();
      const page = await this.#insist(() => table.later(sessionUid, PAGE));
      const due = page.filter(({ dueMs = 0 }) => dueMs <= clock.now());
      for (const message of due) {
        const { dueMs: _dueMs, ...now } = message;
        await this.park(now);
        this.#index.mixed(now.chat);
        await this.#remove(message);
      }
      if (due.length === page.length && page.length > 0) continue;
      this.#index.foundLater(page.find((message) => !due.includes(message))?.dueMs);
      return;
    }
  }

  /** Fails all that waits, whatever its time. Only while nobody drains. */
  async failAll(fail: (message: ParkedMessage, inherited: boolean) => Promise<unknown>): Promise<void> {
    const { table, sessionUid } = this.#options;
    for (;;) {
      const writes = new Map([...this.#index.chats()].map((chat) => [chat, this.#index.writesOf(chat)]));
      this.#index.lookingAtLater();
      const page = await this.#insist(() => table.any(sessionUid, PAGE));
      for (const message of page) {
        await fail(message, message.dueMs === undefined && this.#index.isInherited(message.chat));
        await this.#remove(message);
      }
      if (page.length > 0) continue;
      for (const [chat, count] of writes) this.#index.settle(chat, count);
      this.#index.foundLater(undefined);
      return;
    }
  }

  /** Notes that it may have left. */
  async markAttempted(message: ParkedMessage): Promise<void> {
    await this.#insist(() => this.#options.table.put({ ...message, attempted: true }));
  }

  async #remove(message: ParkedMessage): Promise<void> {
    await this.#insist(() => this.#options.table.remove(message));
    if (message.dueMs === undefined) this.#index.removed(message.chat);
    else this.#index.removedLater();
  }

  #insist<T>(work: () => Promise<T>): Promise<T> {
    const { clock, abandoned, logger } = this.#options;
    const onFailure = (error: unknown): void => logger.warn({ error }, 'backlog step failed');
    return keepTrying({ clock, signal: abandoned, onFailure }, work);
  }
}
