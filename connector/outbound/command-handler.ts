import type { StatusEvent } from '#core/contracts/event.ts';
import {
  type OutboundCommand,
  OutboundCommandSchema,
  type SendMessageCommand,
} from '#core/contracts/outbound-command.ts';
import type { Clock } from '#core/domain/clock.ts';
import type { AccountId } from '#core/domain/ids.ts';
import { Metric } from '#core/observability/metrics.ts';
import type { Counters } from '../observability/counters.ts';
import type { Logger } from '../observability/logger.ts';
import { SESSION_DELETED } from '../outbox/failure-codes.ts';
import { sentMessageOf } from '../outbox/sent-message-of.ts';
import type { HostedSession } from '../sessions/hosted-session.ts';
import { currentSession, identityOf } from '../sessions/session-identity.ts';
import type { Supervisor } from '../sessions/supervisor.ts';
import type { AnswerTable } from './answer-table.ts';
import type { Disposition } from './command-lanes.ts';
import type { Held } from './hand.ts';
import { answerQuestion } from './questions/answer-question.ts';
import { statusEventOf } from './status-event.ts';

export interface CommandHandlerOptions {
  readonly supervisor: Supervisor;
  readonly publish: (event: StatusEvent) => Promise<void>;
  readonly answers: AnswerTable;
  readonly forgetEndpoints: (accountId: AccountId) => void;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly draining: AbortSignal;
}

const DONE: Disposition = { type: 'done' };
/** Times that a logout or deletion is begun with a word to WhatsApp; after that it is done without one. */
const MOST_TRIES_TO_UNLINK = 3;

/** Reads commands and has them done. */
export class CommandHandler {
  readonly #options: CommandHandlerOptions;

  constructor(options: CommandHandlerOptions) {
    this.#options = options;
  }

  async handle(held: Held): Promise<Disposition> {
    const { logger, draining } = this.#options;
    if (draining.aborted) return { type: 'give_back' };
    const command = readCommand(held.body);
    if (!command) {
      logger.error({ receiveCount: held.receiveCount }, 'command not readable');
      return { type: 'poison' };
    }
    const { sessionUid, accountId, type } = command;
    const messageId = 'wamid' in command ? command.wamid : undefined;
    logger.debug({ accountId, sessionUid, messageId, command: type, traceId: command.traceId }, 'command received');
    return currentSession.run(sessionUid, () => this.#obey(command, held));
  }

  async #obey(command: OutboundCommand, held: Held): Promise<Disposition> {
    const { supervisor } = this.#options;
    if (command.type === 'endpoints.changed') {
      this.#options.forgetEndpoints(command.accountId);
      return DONE;
    }
    if (command.type === 'session.delete') return this.#delete(command, held.receiveCount);
    const hosted = await supervisor.find(command);
    return hosted ? this.#do(command, hosted, held) : this.#drop(command);
  }

  /** A command of a session that is gone. Whoever sent a message hears that it will not leave. */
  async #drop(command: OutboundCommand): Promise<Disposition> {
    const { counters, logger } = this.#options;
    counters.add(Metric.commandDropped);
    logger.warn({ sessionUid: command.sessionUid, command: command.type }, 'command for a session that is gone');
    if (command.type === 'message.send') await this.#tellGone(command);
    return DONE;
  }

  async #tellGone(command: SendMessageCommand): Promise<void> {
    const { publish, clock } = this.#options;
    const event = statusEventOf({
      identity: identityOf(command),
      displayPhoneNumber: '',
      message: sentMessageOf(command),
      status: 'failed',
      atMs: clock.now(),
      error: SESSION_DELETED,
    });
    await publish(event);
  }

  async #do(
    command: Exclude<OutboundCommand, { readonly type: 'endpoints.changed' | 'session.delete' }>,
    hosted: HostedSession,
    held: Held,
  ): Promise<Disposition> {
    const { session } = hosted;
    if ('questionId' in command) {
      await answerQuestion(command, hosted, this.#options);
      return DONE;
    }
    switch (command.type) {
      case 'message.send':
        return hosted.outbox.handle(command, held);
      case 'message.read':
        return hosted.reader.handle(command);
      case 'session.start':
        await hosted.begin();
        return DONE;
      case 'session.stop':
        await session.stop();
        return DONE;
      case 'session.logout':
        await hosted.unlink(held.receiveCount <= MOST_TRIES_TO_UNLINK);
        return DONE;
      case 'messages.replay':
        await hosted.replay(command, this.#options.draining);
        return this.#options.draining.aborted ? { type: 'give_back' } : DONE;
      case 'media.ask':
        await hosted.fetchAgain(command);
        return DONE;
      case 'session.reconnect':
        await hosted.reconnect();
        return DONE;
    }
  }

  async #delete(
    command: Extract<OutboundCommand, { readonly type: 'session.delete' }>,
    receiveCount: number,
  ): Promise<Disposition> {
    const { supervisor } = this.#options;
    const hosted = supervisor.forDeletion(command);
    const { outbox, session } = hosted;
    if (command.proxy !== undefined) session.proxy.choose(command.proxy);
    // Tasks may have died of the connection that tells WhatsApp.
    await Promise.all([outbox.close(SESSION_DELETED), hosted.unlink(receiveCount <= MOST_TRIES_TO_UNLINK)]);
    await hosted.erase();
    supervisor.forget(command);
    return DONE;
  }
}

/** Undefined for anything that is not a command of ours. */
function readCommand(body: string): OutboundCommand | undefined {
  try {
    const parsed = OutboundCommandSchema.safeParse(JSON.parse(body));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
