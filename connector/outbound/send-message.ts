import type { EventError, MessageStatus, StatusEvent } from '#core/contracts/event.ts';
import type { SendMessageCommand } from '#core/contracts/outbound-command.ts';
import { type Clock, sleep } from '#core/domain/clock.ts';
import { Metric } from '#core/observability/metrics.ts';
import { keepTrying } from '../keep-trying.ts';
import type { MessageTable } from '../messages/message-table.ts';
import type { SentMessage } from '../messages/sent-book.ts';
import type { Counters } from '../observability/counters.ts';
import type { Logger } from '../observability/logger.ts';
import type { Session } from '../sessions/session.ts';
import type { SendOutcome } from '../whatsapp/whatsapp-port.ts';
import type { Disposition } from './command-lanes.ts';
import { NEVER_ACKNOWLEDGED, NOT_ON_WHATSAPP, refusalOf, unavailableOf } from './failure-codes.ts';
import { statusEventOf } from './status-event.ts';

export interface SendMessageOptions {
  readonly messages: MessageTable;
  readonly publish: (event: StatusEvent) => Promise<void>;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The process is ending: nothing new is begun. */
  readonly draining: AbortSignal;
  /** The process has no more time: nothing is tried again. */
  readonly abandoned: AbortSignal;
}

/** Silence of WhatsApp on an open line this often is an answer: two minutes with the wait for each acknowledgement. */
const MOST_SILENCES = 4;
/** Between two attempts on an open line, milliseconds. */
const PAUSE_MS = 500;
/** How long a message waits for the start of its session, milliseconds. */
const START_WAIT_MS = 5000;
/** Commands of one session that may wait in hand for it to be open. */
const WAITING_IN_HAND = 40;
/** Invisibility of those beyond, seconds: ten receptions last two and a half hours. They are shown at once when it opens. */
const PARKED_S = 900;

/**
 * Sends a message and tells what became of it. The queue is the outbox: until the status is queued the command stays, and
 * after a crash it goes out again under the same stanza id, which the recipient sees as one message.
 */
export class MessageCommands {
  readonly #options: SendMessageOptions;
  readonly #waiting = new Map<string, number>();

  constructor(options: SendMessageOptions) {
    this.#options = options;
  }

  async handle(command: SendMessageCommand, session: Session, receiveCount: number): Promise<Disposition> {
    const message = sentMessageOf(command);
    const atMs = receiveCount > 1 ? await this.#acceptedAt(command) : undefined;
    if (atMs !== undefined) return this.#tell(session, message, { status: 'sent', atMs });
    session.sent.remember(command.stanzaId, message);
    for (let silences = 0; silences < MOST_SILENCES; ) {
      const ready = await this.#ready(session);
      if (ready) return ready === 'unavailable' ? this.#unavailable(session, message) : ready;
      const outcome = await session.send(command);
      if (outcome.type !== 'interrupted') return this.#conclude(command, session, outcome);
      this.#logInterruption(command, outcome);
      // A line that broke says nothing about the message.
      if (session.status === 'open') silences += 1;
      await sleep(this.#options.clock, PAUSE_MS, this.#options.draining);
    }
    return this.#tell(session, message, { status: 'failed', error: NEVER_ACKNOWLEDGED });
  }

  /** Undefined when the session is open. */
  async #ready(session: Session): Promise<Disposition | 'unavailable' | undefined> {
    const { draining } = this.#options;
    if (draining.aborted) return { type: 'give_back' };
    if (session.status === 'open') return undefined;
    if (!session.running) await this.#awaitStart(session);
    if (cannotSend(session)) return 'unavailable';
    const { sessionUid } = session.identity;
    const waiting = this.#waiting.get(sessionUid) ?? 0;
    const settled = session.until((now) => now.status === 'open' || cannotSend(now), draining);
    if (waiting >= WAITING_IN_HAND) return { type: 'give_back', delayS: PARKED_S, until: settled };
    this.#waiting.set(sessionUid, waiting + 1);
    await settled;
    this.#waiting.set(sessionUid, (this.#waiting.get(sessionUid) ?? 1) - 1);
    return this.#ready(session);
  }

  /** The start of a session may be read after a message that was accepted because of it. */
  async #awaitStart(session: Session): Promise<void> {
    const { clock, draining } = this.#options;
    const bound = new AbortController();
    const cancel = clock.after(START_WAIT_MS, () => bound.abort());
    await session.until((now) => now.running, AbortSignal.any([bound.signal, draining]));
    cancel();
  }

  async #conclude(
    command: SendMessageCommand,
    session: Session,
    outcome: Exclude<SendOutcome, { readonly type: 'interrupted' }>,
  ): Promise<Disposition> {
    const message = sentMessageOf(command);
    switch (outcome.type) {
      case 'accepted': {
        this.#options.counters.add(Metric.messageSent);
        await this.#store(command, outcome);
        return this.#tell(session, message, { status: 'sent', atMs: outcome.atMs });
      }
      case 'refused':
        return this.#tell(session, message, { status: 'failed', error: refusalOf(outcome.code) });
      case 'not_on_whatsapp':
        return this.#tell(session, message, { status: 'failed', error: NOT_ON_WHATSAPP });
    }
  }

  #unavailable(session: Session, message: SentMessage): Promise<Disposition> {
    return this.#tell(session, message, { status: 'failed', error: unavailableOf(session.status) });
  }

  /**
   * When WhatsApp acknowledged it before a crash that kept the command, milliseconds since the epoch. The status told
   * again has the same time, so that it meets its own delivery row and reaches the receiver once.
   */
  async #acceptedAt({ sessionUid, stanzaId }: SendMessageCommand): Promise<number | undefined> {
    const row = await this.#insist(() => this.#options.messages.outbound(sessionUid, stanzaId));
    return row?.acceptedAtMs;
  }

  async #store(
    command: SendMessageCommand,
    accepted: Extract<SendOutcome, { readonly type: 'accepted' }>,
  ): Promise<void> {
    const { sessionUid, stanzaId } = command;
    const { chat, content, atMs: acceptedAtMs } = accepted;
    const row = {
      sessionUid,
      direction: 'out',
      stanzaId,
      ...sentMessageOf(command),
      chat,
      content,
      acceptedAtMs,
    } as const;
    await this.#insist(() => this.#options.messages.putOutbound(row));
  }

  async #tell(
    session: Session,
    message: SentMessage,
    told: { readonly status: MessageStatus; readonly atMs?: number; readonly error?: EventError },
  ): Promise<Disposition> {
    const { publish, clock, logger } = this.#options;
    const { status, atMs = clock.now(), error } = told;
    const event = statusEventOf({
      identity: session.identity,
      displayPhoneNumber: session.phoneNumber,
      message,
      status,
      atMs,
      ...(error && { error }),
    });
    await this.#insist(() => publish(event));
    logger.info({ messageId: message.wamid, eventId: event.eventId, status, code: error?.code }, 'message concluded');
    return { type: 'done' };
  }

  #logInterruption(command: SendMessageCommand, outcome: Extract<SendOutcome, { readonly type: 'interrupted' }>): void {
    const { error } = outcome;
    this.#options.logger.info({ messageId: command.wamid, ...(error !== undefined && { error }) }, 'send interrupted');
  }

  /** Until the process ends; then the command stays in its queue. */
  #insist<T>(work: () => Promise<T>): Promise<T> {
    const { clock, abandoned, logger } = this.#options;
    const onFailure = (error: unknown): void => logger.warn({ error }, 'outbound step failed');
    return keepTrying({ clock, signal: abandoned, onFailure }, work);
  }
}

/** No phone is linked, or the session is not to run. */
const cannotSend = (session: Session): boolean => !session.running || session.status === 'pairing';

function sentMessageOf(command: SendMessageCommand): SentMessage {
  const { wamid, to, bizOpaqueCallbackData } = command;
  const recipientId = to.type === 'individual' ? to.phone : to.groupId;
  return {
    wamid,
    recipientId,
    recipientType: to.type,
    ...(bizOpaqueCallbackData !== undefined && { bizOpaqueCallbackData }),
  };
}
