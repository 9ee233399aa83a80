import { type OutboundCommand, OutboundCommandSchema } from '#core/contracts/outbound-command.ts';
import type { Clock } from '#core/domain/clock.ts';
import type { AccountId } from '#core/domain/ids.ts';
import { Metric } from '#core/observability/metrics.ts';
import type { Counters } from '../observability/counters.ts';
import type { Logger } from '../observability/logger.ts';
import type { HostedSession } from '../sessions/session-host.ts';
import { currentSession } from '../sessions/session-identity.ts';
import type { Supervisor } from '../sessions/supervisor.ts';
import type { AnswerTable } from './answer-table.ts';
import type { Disposition } from './command-lanes.ts';
import type { Held } from './hand.ts';
import { answerPairingCode } from './pairing-code.ts';
import type { MessageCommands } from './send-message.ts';

export interface CommandHandlerOptions {
  readonly supervisor: Supervisor;
  readonly messages: MessageCommands;
  readonly answers: AnswerTable;
  readonly forgetEndpoints: (accountId: AccountId) => void;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly draining: AbortSignal;
}

const DONE: Disposition = { type: 'done' };

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
    logger.debug({ accountId, sessionUid, command: type, traceId: command.traceId }, 'command received');
    return currentSession.run(sessionUid, () => this.#obey(command, held.receiveCount));
  }

  async #obey(command: OutboundCommand, receiveCount: number): Promise<Disposition> {
    const { supervisor, counters, logger } = this.#options;
    if (command.type === 'endpoints.changed') {
      this.#options.forgetEndpoints(command.accountId);
      return DONE;
    }
    if (command.type === 'session.delete') return this.#delete(command);
    const hosted = await supervisor.find(command);
    if (!hosted) {
      counters.add(Metric.commandDropped);
      logger.warn({ sessionUid: command.sessionUid, command: command.type }, 'command for a session that is gone');
      return DONE;
    }
    return this.#do(command, hosted, receiveCount);
  }

  async #do(
    command: Exclude<OutboundCommand, { readonly type: 'endpoints.changed' | 'session.delete' }>,
    hosted: HostedSession,
    receiveCount: number,
  ): Promise<Disposition> {
    const { session } = hosted;
    switch (command.type) {
      case 'message.send':
        return this.#options.messages.handle(command, session, receiveCount);
      case 'session.start':
        await hosted.begin();
        return DONE;
      case 'session.stop':
        await session.stop();
        return DONE;
      case 'session.logout':
        await session.logout();
        return DONE;
      case 'question.pairing_code':
        await answerPairingCode(command, session, this.#options);
        return DONE;
    }
  }

  async #delete(command: Extract<OutboundCommand, { readonly type: 'session.delete' }>): Promise<Disposition> {
    const { supervisor } = this.#options;
    const hosted = supervisor.forDeletion(command);
    await hosted.session.logout();
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
