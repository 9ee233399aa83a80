import type { AskForMediaCommand, MessagesReplayCommand } from '#core/contracts/outbound-command.ts';
import type { SessionDiagnostics } from '#core/contracts/session-diagnostics.ts';
import { type Clock, inTime } from '#core/domain/clock.ts';
import { AuthLedger } from '../auth-state/auth-ledger.ts';
import type { AuthTable } from '../auth-state/auth-table.ts';
import type { Inbox } from '../inbound/inbox.ts';
import { keepTrying } from '../keep-trying.ts';
import type { ReceivedFiles } from '../media/received-files.ts';
import type { MessageTable } from '../messages/message-table.ts';
import type { SentBook } from '../messages/sent-book.ts';
import type { Logger } from '../observability/logger.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Reader } from '../reading/reader.ts';
import type { RowGuard } from './row-guard.ts';
import type { RowTrials } from './row-trials.ts';
import type { Session } from './session.ts';
import { diagnosticsOf } from './session-diagnostics.ts';
import { currentSession } from './session-identity.ts';
import type { SessionLedger } from './session-ledger.ts';
import type { SessionReporter } from './session-reporter.ts';
import type { SessionStarts } from './session-starts.ts';

/** How long the next owner's help may take, milliseconds. */
const LAST_WORD_MS = 1000;

export interface HostedSessionParts {
  readonly session: Session;
  readonly inbox: Inbox;
  /** Of received messages. */
  readonly files: ReceivedFiles;
  readonly outbox: Outbox;
  readonly reader: Reader;
  readonly sent: SentBook;
  readonly ledger: SessionLedger;
  readonly reporter: SessionReporter;
  readonly starts: SessionStarts;
  readonly guard: RowGuard;
  /** Of replays, one of which may have taken tasks down. */
  readonly replays: RowTrials;
  readonly authTable: AuthTable;
  readonly messages: MessageTable;
  /** What diagnostics call the process. */
  readonly task: { readonly id: () => string; readonly version: string };
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A session with everything that belongs to it in this task. */
export class HostedSession {
  readonly session: Session;
  /** Its messages on their way out. */
  readonly outbox: Outbox;
  /** Its read receipts. */
  readonly reader: Reader;
  readonly #parts: HostedSessionParts;

  constructor(parts: HostedSessionParts) {
    this.session = parts.session;
    this.outbox = parts.outbox;
    this.reader = parts.reader;
    this.#parts = parts;
  }

  /**
   * Publishes what an earlier process left behind, then starts, unless that took too many tasks down. Never rejects. A repeated
   * call starts a session that rests, or cuts its wait short.
   */
  begin(): Promise<void> {
    return currentSession.run(this.session.identity.sessionUid, () => this.#parts.starts.begin());
  }

  /** Reads the row again and connects anew where it is connected: its proxy changed. */
  reconnect(): Promise<void> {
    return this.#parts.starts.reconnect();
  }

  /**
   * Unlinks the device at WhatsApp, as far as it can be reached, and erases its keys.
   * @param reach false: without a word to WhatsApp, since tasks have died of that
   */
  async unlink(reach: boolean): Promise<void> {
    const { session } = this;
    if (!session.quarantined) return session.logout(reach);
    session.liftQuarantine();
    await this.#parts.guard.mutedDuring(() => session.logout(reach));
  }

  /** How it is doing in this task. */
  async diagnostics(): Promise<SessionDiagnostics> {
    const { session, outbox } = this;
    const { ledger, task } = this.#parts;
    return diagnosticsOf({ session, outbox, ledger }, { task: task.id(), version: task.version });
  }

  /** Publishes received messages of a time again; ends early at `stop`. */
  async replay(command: MessagesReplayCommand, stop: AbortSignal): Promise<void> {
    const { replays, inbox } = this.#parts;
    if (replays.isBarred(command.jobId)) return this.session.quarantine();
    await replays.run(command.jobId, false, () => inbox.replay(command, stop));
  }

  /** Begins to fetch a received file once more; the next owner goes on with it. */
  async fetchAgain({ mediaId, message }: AskForMediaCommand): Promise<void> {
    const { files, inbox } = this.#parts;
    await files.again(mediaId, message, (key) => inbox.fileOf(key));
  }

  /** Ends the connection, keeps the link; resolves when all that is durable elsewhere is told. */
  async shutdown(): Promise<void> {
    const { starts, sent, inbox, files, reporter, clock, logger } = this.#parts;
    starts.close();
    files.stop();
    await this.outbox.stop();
    await this.session.shutdown();
    const left = sent.handOver().catch((error: unknown) => logger.warn({ error }, 'no word left of told statuses'));
    await inTime(clock, LAST_WORD_MS, left);
    await Promise.all([inbox.settled(), reporter.settled()]);
    await starts.end();
  }

  /** Removes everything that the connector's tables know of it, and its files. */
  async erase(): Promise<void> {
    const { starts, inbox, files, authTable, messages, clock } = this.#parts;
    const { sessionUid } = this.session.identity;
    starts.close();
    files.stop();
    inbox.close();
    await Promise.all([this.outbox.stop(), inbox.settled()]);
    await keepTrying({ clock }, () => AuthLedger.erase({ table: authTable, sessionUid }));
    await keepTrying({ clock }, () => messages.erase(sessionUid));
    await keepTrying({ clock }, () => files.erase());
  }
}
