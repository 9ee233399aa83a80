import type { ReadMessageCommand } from '#core/contracts/outbound-command.ts';
import type { Clock } from '#core/domain/clock.ts';
import { parseWamid } from '#core/domain/wamid.ts';
import { Metric } from '#core/observability/metrics.ts';
import { type InboundRow, inboundKey } from '../messages/message-row.ts';
import type { MessageTable } from '../messages/message-table.ts';
import type { Counters } from '../observability/counters.ts';
import type { Logger } from '../observability/logger.ts';
import type { Disposition } from '../outbound/command-lanes.ts';
import { unavailableOf } from '../outbox/failure-codes.ts';
import { isOpen } from '../outbox/message-delivery.ts';
import type { Session } from '../sessions/session.ts';
import type { UnreadBook } from './unread-book.ts';

/** A receipt goes back to the queue for so long when the session is not open, seconds; its opening brings it forward. */
const AGAIN_S = 60;
/** Meta's: an indicator goes out by itself. */
const TYPING_MS = 25_000;

const DONE: Disposition = { type: 'done' };

export interface ReaderOptions {
  readonly session: Session;
  readonly unread: UnreadBook;
  readonly messages: Pick<MessageTable, 'inbound'>;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Nothing is begun any more. */
  readonly abandoned: AbortSignal;
}

/**
 * Read receipts and typing indicators of one session. They are not parked: one that finds its session closed waits in the queue, for as
 * long as its command says, and is dropped then. Nobody is told; Meta tells nobody either.
 */
export class Reader {
  readonly #options: ReaderOptions;
  /** Ends the indicator, by chat. */
  readonly #typing = new Map<string, () => void>();

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  async handle(command: ReadMessageCommand): Promise<Disposition> {
    const { session, clock, counters, abandoned } = this.#options;
    if (clock.now() >= command.expiresAtMs || unavailableOf(session)) {
      counters.add(Metric.commandExpired);
      return DONE;
    }
    if (!isOpen(session)) return { type: 'give_back', delayS: AGAIN_S, until: session.until(isOpen, abandoned) };
    const row = await this.#rowOf(command);
    if (row) await this.#read(row, command).catch((error: unknown) => this.#onFailure(command, error));
    return DONE;
  }

  /** A message of ours went to the chat: phones take that for the end of the typing. */
  answered(chat: string): void {
    this.#typing.get(chat)?.();
  }

  async #rowOf({ wamid, sessionUid }: ReadMessageCommand): Promise<InboundRow | undefined> {
    const parts = parseWamid(wamid);
    if (parts?.authorHash === undefined) return undefined;
    return this.#options.messages.inbound(sessionUid, inboundKey(parts.stanzaId, parts.authorHash));
  }

  async #read(row: InboundRow, { typing }: ReadMessageCommand): Promise<void> {
    const { connection } = this.#options.session;
    for (const mark of this.#options.unread.take(row)) await connection?.markRead(mark);
    if (typing) await this.#type(row.chat);
  }

  async #type(chat: string): Promise<void> {
    const { session, clock, logger } = this.#options;
    this.answered(chat);
    await session.connection?.setTyping(chat, true);
    const cancel = clock.after(TYPING_MS, () => {
      this.#typing.delete(chat);
      // One that has ended its line has ended its typing.
      session.connection?.setTyping(chat, false).catch((error: unknown) => logger.debug({ error }, 'typing not ended'));
    });
    this.#typing.set(chat, () => {
      cancel();
      this.#typing.delete(chat);
    });
  }

  /** The line broke: the mark is worth no second try that could come after the answer. */
  #onFailure({ wamid }: ReadMessageCommand, error: unknown): void {
    this.#options.logger.info({ error, messageId: wamid }, 'message not marked as read');
  }
}
