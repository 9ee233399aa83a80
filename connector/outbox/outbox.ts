import type { EventError } from '#core/contracts/event.ts';
import type { SendMessageCommand } from '#core/contracts/outbound-command.ts';
import { inTime, sleep } from '#core/domain/clock.ts';
import { outboundChatOf } from '#core/domain/outbound-chat.ts';
import { Lanes } from '../lanes.ts';
import type { ParkedMessage } from '../messages/parked-table.ts';
import type { Disposition } from '../outbound/command-lanes.ts';
import { currentSession } from '../sessions/session-identity.ts';
import { Backlog, type Disposed } from './backlog.ts';
import { ColdContacts } from './cold-contacts.ts';
import { unavailableOf } from './failure-codes.ts';
import { expiryOf } from './lifetime.ts';
import { type Delivered, isOpen, MessageDelivery } from './message-delivery.ts';
import type { OutboxOptions } from './outbox-options.ts';
import { refersBack } from './preparation.ts';

/** Where a command came from. */
export interface Source {
  /** SQS's number of the command within its chat. */
  readonly sequence: string;
  /** How often it was received, this time included. */
  readonly receiveCount: number;
}

/** What an owner of a number may see of its outbox. */
export interface OutboxDiagnostics {
  /** Messages that wait for the session, and those of them that wait for a later time; about. */
  readonly parked: number;
  readonly scheduled: number;
  /** Messages that wait for WhatsApp's acknowledgement. */
  readonly acksPending: number;
  /** Until when nobody is written to who has not written before, milliseconds since the epoch. */
  readonly coldPausedUntilMs?: number;
}

/** D5: times to live and later times are looked at this often, milliseconds. */
const LOOK_EVERY_MS = 5000;
/** Chats of one session that are drained side by side; the session sends one stanza after the other anyway. */
const CHATS_AT_ONCE = 8;
/** How long a message that is out may wait for its acknowledgement when the session ends, milliseconds: they come in a few. */
const LAST_ACKS_MS = 1000;
/** About how long a write takes, milliseconds. */
const WRITE_MS = 50;

const DONE: Disposition = { type: 'done' };

/**
 * The messages of one session on their way out. What can go goes at once; what can't is parked in a table and drained in the
 * order of each chat; every message ends in one final status (D5).
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #backlog: Backlog;
  readonly #cold: ColdContacts;
  readonly #delivery: MessageDelivery;
  readonly #lanes = new Lanes();
  readonly #conclusions = new Lanes();
  readonly #draining = new Set<string>();
  readonly #stopping = new AbortController();
  readonly #loaded: Promise<void>;
  #closedWith: EventError | undefined;
  #failing: Promise<void> | undefined;
  #looking = false;
  #cancelLook: (() => void) | undefined;

  constructor(options: OutboxOptions) {
    const { session, parked: table, policy } = options;
    const { sessionUid } = session.identity;
    this.#options = options;
    this.#cold = new ColdContacts({ ...options, sessionUid, table });
    this.#backlog = new Backlog({ ...options, sessionUid, table, onPause: (pause) => this.#cold.restore(pause) });
    this.#delivery = new MessageDelivery({ ...options, ...policy, cold: this.#cold });
    this.#loaded = this.#backlog.load();
    void this.#quietly(this.#loaded.then(() => currentSession.run(sessionUid, () => this.#watch())));
  }

  get diagnostics(): OutboxDiagnostics {
    const coldPausedUntilMs = this.#cold.pausedUntilMs;
    return {
      parked: this.#backlog.size,
      scheduled: this.#backlog.later,
      acksPending: this.#delivery.acksPending,
      ...(coldPausedUntilMs !== undefined && { coldPausedUntilMs }),
    };
  }

  /** Sends, parks or fails a message. Resolves when its command may leave the queue, or has to go back to it. */
  async handle(command: SendMessageCommand, source: Source): Promise<Disposition> {
    await this.#loaded;
    const mayBeSent = source.receiveCount > 1 || command.isRepeated === true;
    // The queue may bring it again while its row is being written.
    if (mayBeSent) await this.#concluded(outboundChatOf(command.to));
    if (mayBeSent && (await this.#delivery.tellAgain({ command }))) return DONE;
    const { to, content, notBeforeMs = 0 } = command;
    const message: ParkedMessage = {
      command,
      content,
      chat: outboundChatOf(to),
      sequence: source.sequence,
      expiresAtMs: expiryOf(command, this.#options.policy.messageTtlMs),
      ...(mayBeSent && { attempted: true }),
    };
    if (notBeforeMs <= this.#options.clock.now()) return this.#place(message);
    return this.#settle(message, { ...message, dueMs: notBeforeMs });
  }

  /** Somebody wrote to the session in private. @param phone digits */
  heardFrom(phone: string): void {
    void this.#quietly(this.#cold.wrote(phone));
  }

  /** Fails what waits and all that comes. Resolves when every status is told. */
  async close(error: EventError): Promise<void> {
    this.#closedWith = error;
    await this.#loaded;
    await this.#failing;
    do {
      await this.#failAll(error);
      // One that is on its way into the table is found the next time.
    } while (!this.#backlog.isEmpty && (await this.#pause()));
  }

  /** Begins nothing more. Resolves when what is out has its acknowledgement, or does not get it soon. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cancelLook?.();
    await inTime(this.#options.clock, LAST_ACKS_MS, this.#settled());
  }

  /** A message that may go now, as far as its own time is concerned. */
  async #place(message: ParkedMessage): Promise<Disposition> {
    const { session } = this.#options;
    const waits = this.#closedWith || this.#backlog.has(message.chat) || !isOpen(session);
    if (waits) return this.#settle(message, message);
    const tried = await this.#lanes.add(message.chat, () => this.#attempt(message));
    if (tried === 'concluded') return DONE;
    if (typeof tried !== 'string') return { type: 'concluding', concluded: tried.concluded.then(() => DONE) };
    return this.#settle(message, tried === 'interrupted' ? { ...message, attempted: true } : message);
  }

  /** Rows and statuses are written in the order of the chat, beside the messages that follow: only those that need them wait. */
  async #attempt(message: ParkedMessage): Promise<Delivered | { readonly concluded: Promise<unknown> }> {
    const { chat, command, content } = message;
    if (refersBack(command, content) || this.#cold.pausedUntilMs !== undefined) await this.#concluded(chat);
    const tried = await this.#delivery.attempt(message, this.#stopping.signal);
    return typeof tried === 'string' ? tried : { concluded: this.#conclusions.add(chat, tried.conclude) };
  }

  /** A message that can't go now. @param parked as it is to be stored */
  async #settle(message: ParkedMessage, parked: ParkedMessage): Promise<Disposition> {
    if (this.#stopping.signal.aborted) return { type: 'give_back' };
    const error = this.#hopeless();
    if (error) {
      await this.#delivery.fail(message.command, error);
      return DONE;
    }
    if (message.expiresAtMs <= this.#options.clock.now()) {
      await this.#delivery.expire(parked);
      return DONE;
    }
    await this.#backlog.park(parked);
    this.#options.logger.debug({ messageId: message.command.wamid }, 'message parked');
    this.#pump();
    return DONE;
  }

  /** Why nothing of this session will leave before a person has done something. */
  #hopeless(): EventError | undefined {
    return this.#closedWith ?? unavailableOf(this.#options.session);
  }

  /** Looks again whenever the session changes. */
  async #watch(): Promise<void> {
    const { session } = this.#options;
    const { signal } = this.#stopping;
    this.#pump();
    while (!signal.aborted) {
      const { status, running } = session;
      await session.until((now) => now.status !== status || now.running !== running, signal);
      this.#pump();
    }
  }

  /** Gets done what can be done now. */
  #pump(): void {
    if (this.#isOver || this.#backlog.isEmpty) return;
    this.#cancelLook ??= this.#options.clock.after(LOOK_EVERY_MS, () => {
      this.#cancelLook = undefined;
      void this.#quietly(this.#look());
    });
    const error = this.#hopeless();
    if (error) {
      this.#failing ??= this.#quietly(this.#failAll(error)).then(() => {
        this.#failing = undefined;
        this.#pump();
      });
      return;
    }
    if (!isOpen(this.#options.session)) return;
    for (const chat of this.#backlog.ready()) {
      if (this.#draining.size >= CHATS_AT_ONCE) return;
      if (!this.#draining.has(chat)) this.#drain(chat);
    }
  }

  #drain(chat: string): void {
    this.#draining.add(chat);
    const drained = this.#lanes.add(chat, async () => {
      // What was parked may answer what went before it.
      await this.#concluded(chat);
      await this.#backlog.drain(chat, (...each) => this.#dispose(...each));
    });
    void this.#quietly(drained).then(() => {
      this.#draining.delete(chat);
      this.#pump();
    });
  }

  /** Sends a parked message, or finds that it has to wait longer. */
  async #dispose(message: ParkedMessage, inherited: boolean): Promise<Disposed> {
    const { signal } = this.#stopping;
    if (signal.aborted || !isOpen(this.#options.session)) return 'waits';
    if ((inherited || message.attempted) && (await this.#delivery.tellAgain(message))) return 'concluded';
    const delivered = await this.#delivery.send({ ...message, inherited }, signal);
    if (delivered === 'concluded') return 'concluded';
    if (delivered === 'interrupted' && !message.attempted) await this.#backlog.markAttempted(message);
    return 'waits';
  }

  /** What time has brought: messages whose time has come, and those whose time is over. */
  async #look(): Promise<void> {
    if (this.#looking || this.#isOver) return;
    this.#looking = true;
    try {
      await this.#backlog.moveDue();
      if (!isOpen(this.#options.session)) await this.#expire();
    } finally {
      this.#looking = false;
      this.#pump();
    }
  }

  /** An open session's drain fails by itself what is over. */
  async #expire(): Promise<void> {
    await Promise.all(
      this.#backlog.overdue().map((chat) =>
        this.#lanes.add(chat, async () => {
          if (this.#isOver) return;
          await this.#backlog.expire(chat, (message, begun) => this.#expireOne(message, begun));
        }),
      ),
    );
  }

  async #expireOne(message: ParkedMessage, begun: boolean): Promise<void> {
    const attempted = begun || message.attempted;
    if (attempted && (await this.#delivery.tellAgain(message))) return;
    await this.#delivery.expire({ ...message, attempted });
  }

  async #failAll(error: EventError): Promise<void> {
    // Drains end by themselves: the session is not open.
    await this.#settled();
    await this.#backlog.failAll(async (message, inherited) => {
      if ((inherited || message.attempted) && (await this.#delivery.tellAgain(message))) return;
      await this.#delivery.fail(message.command, error);
    });
  }

  /** Resolves when the rows and statuses are there of what WhatsApp has of a chat by now. */
  #concluded(chat: string): Promise<void> {
    return this.#conclusions.add(chat, () => Promise.resolve());
  }

  /** Resolves when nothing is on its way. */
  async #settled(): Promise<void> {
    await this.#lanes.settled();
    await this.#conclusions.settled();
  }

  /** Nothing may be begun any more. */
  get #isOver(): boolean {
    return this.#stopping.signal.aborted || this.#options.abandoned.aborted;
  }

  /** @returns whether to go on */
  async #pause(): Promise<boolean> {
    await sleep(this.#options.clock, WRITE_MS, this.#options.abandoned);
    return !this.#options.abandoned.aborted;
  }

  /** Never rejects: what fails here has been tried until the tenure was over. */
  #quietly(work: Promise<void>): Promise<void> {
    return work.catch((error: unknown) => this.#options.logger.debug({ error }, 'outbox step abandoned'));
  }
}
