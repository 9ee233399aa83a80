import type { EventError, MessageStatus, StatusEvent } from '#core/contracts/event.ts';
import type { MessageHead, OutboundContent } from '#core/contracts/outbound-command.ts';
import { type Clock, sleep } from '#core/domain/clock.ts';
import { Metric } from '#core/observability/metrics.ts';
import { choicesOf } from '../choices/choices.ts';
import { keepTrying } from '../keep-trying.ts';
import type { OutboundRow } from '../messages/message-row.ts';
import type { MessageTable } from '../messages/message-table.ts';
import type { Counters } from '../observability/counters.ts';
import type { Logger } from '../observability/logger.ts';
import { statusEventOf } from '../outbound/status-event.ts';
import type { Session } from '../sessions/session.ts';
import type { SendOutcome } from '../whatsapp/whatsapp-port.ts';
import type { ColdContacts } from './cold-contacts.ts';
import {
  coldPaused,
  EXPIRED,
  EXPIRED_UNACKNOWLEDGED,
  isPassing,
  NEVER_ACKNOWLEDGED,
  NEVER_LEFT,
  NO_NEW_CHATS,
  NOT_EDITABLE,
  NOT_IN_GROUP,
  NOT_ON_WHATSAPP,
  NOT_UPLOADED,
  refusalOf,
  TOO_LARGE,
  UNKNOWN_KIND,
} from './failure-codes.ts';
import { type PreparationOptions, type Prepared, prepare } from './preparation.ts';
import { sentMessageOf } from './sent-message-of.ts';

export interface MessageDeliveryOptions extends Pick<PreparationOptions, 'findMedia' | 'findPreview'> {
  readonly session: Session;
  readonly cold: ColdContacts;
  /** WhatsApp has a message, and its row is there. Before the status is told. */
  readonly onAccepted?: (row: OutboundRow) => Promise<void>;
  readonly messages: MessageTable;
  readonly publish: (event: StatusEvent) => Promise<void>;
  /** Tells the receipts of a message that came before its row. */
  readonly tellEarly: (stanzaId: string) => Promise<void>;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Silences of WhatsApp on an open line, and troubles of its own, after which a message has failed. */
  readonly sendAttempts: number;
  /** Between two attempts, milliseconds. */
  readonly sendRetryDelayMs: number;
  readonly nativeButtons: boolean;
  /** Nothing is tried again: the shard is not ours any more. */
  readonly abandoned: AbortSignal;
}

/** A message on its way out. */
export interface Outgoing {
  readonly command: MessageHead;
  readonly content: OutboundContent | undefined;
  readonly expiresAtMs: number;
  /** It may have left before. */
  readonly attempted?: boolean;
  /** An earlier process had it too. */
  readonly inherited?: boolean;
}

/** `concluded`: its final status is told. The other two: the session is not open any more; `interrupted` may have left. */
export type Delivered = 'concluded' | 'unsent' | 'interrupted';

/** WhatsApp has the message; what is left is its row and its status, which the next message of the chat need not wait for. */
export interface Accepted {
  readonly conclude: () => Promise<'concluded'>;
}

/** Sends the messages of one session, one call a message, and tells what became of them. */
export class MessageDelivery {
  readonly #options: MessageDeliveryOptions;
  #acksPending = 0;

  constructor(options: MessageDeliveryOptions) {
    this.#options = options;
  }

  /** Messages that wait for WhatsApp's acknowledgement now. */
  get acksPending(): number {
    return this.#acksPending;
  }

  /** `attempt`, and all that follows when WhatsApp has the message. */
  async send(outgoing: Outgoing, stopping: AbortSignal): Promise<Delivered> {
    const tried = await this.attempt(outgoing, stopping);
    return typeof tried === 'string' ? tried : tried.conclude();
  }

  /**
   * Sends under the message's one stanza id until WhatsApp has taken or refused it, or was silent too often, its time is over,
   * or the session is not open any more.
   */
  async attempt(outgoing: Outgoing, stopping: AbortSignal): Promise<Delivered | Accepted> {
    const { session, clock, sendAttempts, sendRetryDelayMs } = this.#options;
    const { command } = outgoing;
    let attempted = outgoing.attempted ?? false;
    let ready: Ready | undefined;
    for (let failures = 0; ; ) {
      if (stopping.aborted || !isOpen(session)) return attempted ? 'interrupted' : 'unsent';
      const next = await this.#ready({ ...outgoing, attempted }, ready);
      if ('error' in next) return this.fail(command, next.error);
      ready = next;
      const outcome = await this.#sendOnce(command, ready);
      if (outcome.type === 'accepted') {
        const accepted = outcome;
        const told = { ...outgoing, attempted };
        return { conclude: () => this.#accepted(told, accepted) };
      }
      if (isFinal(outcome)) return this.#failed(command, outcome);
      this.#logAttempt(command, outcome);
      attempted ||= mayHaveLeft(outcome);
      // A line that broke says nothing about the message.
      if (isOpen(session)) failures += 1;
      if (failures >= sendAttempts) return this.fail(command, errorAfter(outcome, attempted));
      await sleep(clock, sendRetryDelayMs, stopping);
    }
  }

  /** Tells `sent` again, as it was told, if WhatsApp had taken the message before a crash. @returns whether it had */
  async tellAgain({ command }: Pick<Outgoing, 'command'>): Promise<boolean> {
    const { sessionUid, stanzaId } = command;
    const row = await this.#insist(() => this.#options.messages.outbound(sessionUid, stanzaId));
    if (!row) return false;
    await this.#tell(command, { status: 'sent', atMs: row.acceptedAtMs });
    await this.#options.tellEarly(stanzaId);
    return true;
  }

  async fail(command: MessageHead, error: EventError): Promise<'concluded'> {
    await this.#tell(command, { status: 'failed', atMs: this.#options.clock.now(), error });
    return 'concluded';
  }

  /** Its time to live is over. */
  expire({ command, attempted }: Pick<Outgoing, 'command' | 'attempted'>): Promise<'concluded'> {
    this.#options.counters.add(Metric.commandExpired);
    return this.fail(command, expired(attempted));
  }

  /** Why the message may not even be tried. */
  async #refusal({ command, expiresAtMs, attempted }: Outgoing): Promise<EventError | undefined> {
    const { clock, counters, cold } = this.#options;
    if (clock.now() >= expiresAtMs) {
      counters.add(Metric.commandExpired);
      return expired(attempted);
    }
    const untilMs = await cold.refusedUntil(command.to);
    return untilMs === undefined ? undefined : coldPaused(untilMs);
  }

  /** The message with its file and all else that it needs, once it may be tried; or why it fails. @param known of an earlier attempt */
  async #ready(outgoing: Outgoing, known: Ready | undefined): Promise<Ready | { readonly error: EventError }> {
    const { command, content } = outgoing;
    const error = await this.#refusal(outgoing);
    if (error || !content) return { error: error ?? UNKNOWN_KIND };
    if (known) return known;
    const prepared = await this.#insist(() => prepare(command, content, this.#options));
    return 'error' in prepared ? prepared : { content, ...prepared };
  }

  async #sendOnce(command: MessageHead, message: Ready): Promise<SendOutcome> {
    const { session, nativeButtons } = this.#options;
    const { stanzaId, to, forwarded } = command;
    session.sent.remember(stanzaId, sentMessageOf(command));
    this.#acksPending += 1;
    try {
      return await session.send({
        stanzaId,
        to,
        ...(forwarded && { forwarded }),
        ...nativeOf(message.content, nativeButtons),
        ...message,
      });
    } finally {
      this.#acksPending -= 1;
    }
  }

  #failed(command: MessageHead, outcome: Exclude<FinalOutcome, OutcomeOf<'accepted'>>): Promise<'concluded'> {
    switch (outcome.type) {
      case 'refused':
        return this.#refused(command, outcome.code);
      case 'not_on_whatsapp':
        return this.fail(command, NOT_ON_WHATSAPP);
      case 'not_in_group':
        return this.fail(command, NOT_IN_GROUP);
      case 'too_large':
        return this.fail(command, TOO_LARGE);
      case 'not_editable':
        return this.fail(command, NOT_EDITABLE);
    }
  }

  async #accepted(outgoing: Outgoing, accepted: OutcomeOf<'accepted'>): Promise<'concluded'> {
    const { counters, messages, cold, tellEarly } = this.#options;
    const { command, attempted, inherited } = outgoing;
    const { sessionUid, stanzaId } = command;
    const { chat, content, atMs } = accepted;
    counters.add(Metric.messageSent);
    const key = { sessionUid, direction: 'out', stanzaId } as const;
    const choices = outgoing.content && choicesOf(outgoing.content);
    const row = { ...key, ...sentMessageOf(command), chat, content, acceptedAtMs: atMs, ...(choices && { choices }) };
    await this.#insist(() => messages.putOutbound(row));
    await this.#insist(async () => this.#options.onAccepted?.(row));
    await this.#tell(command, { status: 'sent', atMs });
    if (attempted || inherited) await tellEarly(stanzaId);
    await cold.accepted(command.to);
    return 'concluded';
  }

  async #refused(command: MessageHead, code: string): Promise<'concluded'> {
    if (code !== NO_NEW_CHATS) return this.fail(command, refusalOf(code));
    return this.fail(command, coldPaused(await this.#options.cold.refused()));
  }

  async #tell(
    command: MessageHead,
    told: { readonly status: MessageStatus; readonly atMs: number; readonly error?: EventError },
  ): Promise<void> {
    const { session, publish, logger } = this.#options;
    const { status, atMs, error } = told;
    const event = statusEventOf({
      identity: session.identity,
      displayPhoneNumber: session.phoneNumber,
      message: sentMessageOf(command),
      status,
      atMs,
      ...(error && { error }),
    });
    await this.#insist(() => publish(event));
    const { eventId } = event;
    logger.info({ messageId: command.wamid, eventId, status, code: error?.code }, 'message concluded');
  }

  #logAttempt(command: MessageHead, outcome: OutcomeOf<'interrupted' | 'refused'>): void {
    const why = outcome.type === 'refused' ? { code: outcome.code } : { error: outcome.error };
    this.#options.logger.info({ messageId: command.wamid, ...why }, 'send interrupted');
  }

  /** Until the tenure ends; then the command stays where it is. */
  #insist<T>(work: () => Promise<T>): Promise<T> {
    const { clock, abandoned, logger } = this.#options;
    const onFailure = (error: unknown): void => logger.warn({ error }, 'outbound step failed');
    return keepTrying({ clock, signal: abandoned, onFailure }, work);
  }
}

/** A message that can be tried. */
type Ready = Prepared & { readonly content: OutboundContent };

type OutcomeOf<T extends SendOutcome['type']> = Extract<SendOutcome, { readonly type: T }>;
type FinalOutcome = Exclude<SendOutcome, OutcomeOf<'interrupted'>>;

/** Another attempt would end as this one did. */
const isFinal = (outcome: SendOutcome): outcome is FinalOutcome =>
  outcome.type !== 'interrupted' && !(outcome.type === 'refused' && isPassing(outcome.code));

const nativeOf = (content: OutboundContent, native: boolean): { readonly native?: boolean } =>
  content.type === 'interactive' ? { native: content.native ?? native } : {};

const mayHaveLeft = (outcome: SendOutcome): boolean => outcome.type === 'interrupted' && outcome.neverLeft !== true;

/** A row may say `open` before anything runs in this process. */
export const isOpen = ({ status, running }: Session): boolean => status === 'open' && running;

const expired = (attempted: boolean | undefined): EventError => (attempted ? EXPIRED_UNACKNOWLEDGED : EXPIRED);

function errorAfter(outcome: SendOutcome, attempted: boolean): EventError {
  if (outcome.type === 'refused') return refusalOf(outcome.code);
  if (outcome.type === 'interrupted' && outcome.uploading && !attempted) return NOT_UPLOADED;
  return attempted ? NEVER_ACKNOWLEDGED : NEVER_LEFT;
}
