import type { MessageEvent, SessionEvent, StatusEvent } from '#core/contracts/event.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import { Metric } from '#core/observability/metrics.ts';
import { AuthLedger } from '../auth-state/auth-ledger.ts';
import type { AuthTable } from '../auth-state/auth-table.ts';
import { Inbox } from '../inbound/inbox.ts';
import { makeReceiptStatuses } from '../inbound/receipt-statuses.ts';
import { keepTrying } from '../keep-trying.ts';
import type { MessageTable } from '../messages/message-table.ts';
import { SentBook } from '../messages/sent-book.ts';
import type { Counters } from '../observability/counters.ts';
import type { Logger } from '../observability/logger.ts';
import type { Silence } from '../task/self-fence.ts';
import type { WhatsApp } from '../whatsapp/whatsapp-port.ts';
import type { LoginThrottle } from './login-throttle.ts';
import { Session } from './session.ts';
import { currentSession, type SessionIdentity } from './session-identity.ts';
import { SessionReporter } from './session-reporter.ts';
import type { SessionRepository } from './session-repository.ts';

export interface SessionHostOptions {
  readonly whatsapp: WhatsApp;
  readonly authTable: AuthTable;
  readonly messages: MessageTable;
  readonly rows: SessionRepository;
  readonly publish: (event: MessageEvent | StatusEvent | SessionEvent) => Promise<void>;
  readonly throttle: LoginThrottle;
  readonly silence: Silence;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** The process has no more time: nothing is tried again. */
  readonly abandoned: AbortSignal;
}

/** A session with its inbox. */
export interface HostedSession {
  readonly session: Session;
  /** Publishes what an earlier process left behind, then starts. */
  begin(): Promise<void>;
  /** Ends the connection, keeps the link; resolves when all that is durable elsewhere is told. */
  shutdown(): Promise<void>;
  /** Removes everything that the connector's tables know of it. */
  erase(): Promise<void>;
}

/** Puts the parts of one session together. */
export function makeSessionHost(options: SessionHostOptions) {
  return (identity: SessionIdentity, row: SessionRow | undefined, onGone: () => void): HostedSession => {
    const { messages, authTable, publish, clock, abandoned: signal, counters } = options;
    const { accountId, sessionId, sessionUid } = identity;
    const logger = options.logger.child({ accountId, sessionId: `…${sessionId.slice(-4)}`, sessionUid });
    const sent = new SentBook(messages, sessionUid);
    const displayPhoneNumber = (): string => session.phoneNumber;
    const common = { identity, displayPhoneNumber, publish, clock, logger, signal };
    const inbox = new Inbox({
      ...common,
      table: messages,
      readMessage: (content) => options.whatsapp.readMessage(content),
      onPublished: () => counters.add(Metric.messageReceived),
    });
    const reporter = new SessionReporter({ ...common, rows: options.rows, onGone });
    const session = new Session({
      ...options,
      identity,
      logger,
      journal: inbox,
      sent,
      sentMessage: async (stanzaId) => (await messages.outbound(sessionUid, stanzaId))?.content,
      onReceipt: makeReceiptStatuses({ ...common, sent }),
      reporter,
      known: knownOf(row),
    });
    let replayed: Promise<void> | undefined;
    return {
      session,
      begin: () =>
        currentSession.run(sessionUid, async () => {
          replayed ??= inbox.replay();
          await replayed;
          await session.start();
        }),
      async shutdown() {
        await session.shutdown();
        await Promise.all([inbox.settled(), reporter.settled()]);
      },
      async erase() {
        await keepTrying({ clock }, () => AuthLedger.erase({ table: authTable, sessionUid, clock }));
        await keepTrying({ clock }, () => messages.erase(sessionUid));
      },
    };
  };
}

function knownOf(row: SessionRow | undefined) {
  if (!row) return { status: 'stopped', released: true } as const;
  const { status, phoneNumber, lid, profileName } = row;
  const released = row.desired === 'stopped';
  if (phoneNumber === undefined) return { status, released };
  const own = { phoneNumber, ...(lid !== undefined && { lid }), ...(profileName !== undefined && { profileName }) };
  return { status, released, own };
}
