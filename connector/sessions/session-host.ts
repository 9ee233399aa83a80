import type { CallEvent, EchoEvent, MessageEvent, SessionEvent, StatusEvent } from '#core/contracts/event.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import type { EndpointId, JobId, SessionUid } from '#core/domain/ids.ts';
import { Metric } from '#core/observability/metrics.ts';
import type { LedgerIds } from '../auth-state/auth-ledger.ts';
import type { AuthTable } from '../auth-state/auth-table.ts';
import type { LedgerMemory } from '../auth-state/ledger-memory.ts';
import { makeChoices } from '../choices/make-choices.ts';
import type { ArrivalNumbers } from '../inbound/arrival-numbers.ts';
import { makeCallEvents } from '../inbound/call-events.ts';
import type { ContactMarks } from '../inbound/contact-marks.ts';
import { Inbox, type InboxOptions } from '../inbound/inbox.ts';
import { makeNumberChangeEvents } from '../inbound/number-change-events.ts';
import { makeOrderProducts } from '../inbound/order-products.ts';
import { makeReceiptStatuses } from '../inbound/receipt-statuses.ts';
import { askPhone } from '../media/ask-phone.ts';
import { ReceivedFiles, type ReceivedFilesOptions } from '../media/received-files.ts';
import type { MessageTable } from '../messages/message-table.ts';
import { SentBook } from '../messages/sent-book.ts';
import type { Counters } from '../observability/counters.ts';
import type { Logger } from '../observability/logger.ts';
import { Outbox } from '../outbox/outbox.ts';
import type { OutboxOptions } from '../outbox/outbox-options.ts';
import { Reader } from '../reading/reader.ts';
import { UnreadBook } from '../reading/unread-book.ts';
import type { WhatsApp } from '../whatsapp/whatsapp-port.ts';
import { HostedSession } from './hosted-session.ts';
import type { LoginThrottle } from './login-throttle.ts';
import { RowGuard } from './row-guard.ts';
import { RowTrials } from './row-trials.ts';
import { Session } from './session.ts';
import type { SessionIdentity } from './session-identity.ts';
import { SessionLedger } from './session-ledger.ts';
import { knownOf, type SessionOptions } from './session-options.ts';
import { SessionReporter } from './session-reporter.ts';
import type { SessionRepository } from './session-repository.ts';
import { SessionStarts } from './session-starts.ts';
import type { StartGuard } from './start-guard.ts';

export interface SessionHostOptions
  extends Pick<OutboxOptions, 'policy' | 'parked' | 'writers' | 'findMedia' | 'findPreview'>,
    Pick<SessionOptions, 'notices' | 'silence' | 'connectAttempts' | 'proxies'> {
  readonly whatsapp: WhatsApp;
  readonly authTable: AuthTable;
  /** Of all ledgers of the task. */
  readonly ledgerMemory: LedgerMemory;
  readonly messages: MessageTable;
  /** Of the task: where files of received messages go to. */
  readonly files: Pick<ReceivedFilesOptions, 'media' | 'store' | 'slots'>;
  readonly rows: SessionRepository;
  readonly publish: (event: MessageEvent | EchoEvent | CallEvent | StatusEvent | SessionEvent) => Promise<void>;
  readonly publishTo: (endpointId: EndpointId, event: MessageEvent | EchoEvent, jobId: JobId) => Promise<void>;
  readonly arrivals: ArrivalNumbers;
  readonly contacts: ContactMarks;
  readonly throttle: LoginThrottle;
  /** Of the task. */
  readonly guard: StartGuard;
  /** Name of the task, for diagnostics. */
  readonly taskId: () => string;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** The process has no more time: nothing is tried again. */
  readonly abandoned: AbortSignal;
}

/** Puts the parts of one session together. */
export function makeSessionHost(options: SessionHostOptions) {
  return (identity: SessionIdentity, row: SessionRow | undefined, onGone: () => void): HostedSession => {
    const { messages, authTable, rows, publish, clock, abandoned: signal, whatsapp } = options;
    const { accountId, sessionId, sessionUid } = identity;
    const logger = options.logger.child({ accountId, sessionId: `…${sessionId.slice(-4)}`, sessionUid });
    const sent = new SentBook(messages, sessionUid);
    const unread = new UnreadBook();
    const ownNumber = (): string => session.phoneNumber;
    const choices = makeChoices({ ...options, sessionUid, ownNumber, persistence: { clock, signal } });
    const common = { identity, displayPhoneNumber: ownNumber, publish, clock, logger, signal };
    const { trials, replays, guard } = guardsOf(options, identity, row);
    const heardFrom = (phone: string): void => outbox.heardFrom(phone);
    const files = receivedFilesOf(options, common, () => session);
    const inbox = new Inbox({
      ...common,
      fetchMedia: (media, of) => files.fetch(media, of),
      orderProducts: makeOrderProducts({ session: () => session, clock, logger }),
      ...inboxPartsOf(options, sessionUid, heardFrom),
      ...readingOf(choices, unread, guard),
      ownJids: () => options.whatsapp.jidsOf(session.own),
    });
    const reporter = new SessionReporter({ ...common, rows, onGone });
    const wanted = (): LedgerIds => whatsapp.askedAtLogin(session.own);
    const ledger = new SessionLedger({ ...options, sessionUid, wanted, logger });
    const receipts = makeReceiptStatuses({ ...common, sent, messages });
    const session = new Session({
      ...options,
      identity,
      logger,
      ledger,
      journal: inbox,
      sent,
      sentMessage: async (stanzaId) => (await messages.outbound(sessionUid, stanzaId))?.content,
      onReceipt: (receipt) => receipts.tell(receipt),
      onCall: makeCallEvents(common),
      onNumberChange: makeNumberChangeEvents(common),
      reporter,
      known: knownOf(row),
    });
    const outbox = new Outbox({
      ...options,
      session,
      logger,
      tellEarly: (stanzaId) => receipts.tellEarly(stanzaId),
      onAccepted: async (sentRow) => {
        reader.answered(sentRow.chat);
        await choices.sent(sentRow);
      },
    });
    const reader = new Reader({ ...options, session, unread, logger });
    const starts = new SessionStarts({ ...options, session, logger, trials, catchUp: catchUpOnce(inbox, files) });
    const task = { id: options.taskId, version: whatsapp.version };
    const books = { files, sent, ledger, reporter, authTable, messages };
    return new HostedSession({ session, inbox, outbox, reader, starts, guard, replays, task, clock, logger, ...books });
  };
}

/** Messages that others wrote wait to be read; each event is made under guard. */
const readingOf = (
  { readMessage }: ReturnType<typeof makeChoices>,
  unread: UnreadBook,
  guard: RowGuard,
): Pick<InboxOptions, 'readMessage' | 'guarded'> => ({
  readMessage,
  guarded: (row, work) => {
    if (!row.fromMe) unread.note(row);
    return guard.guarded(row, work);
  },
});

/** What an earlier process left behind is told once, however often the session starts. */
function catchUpOnce(inbox: Inbox, files: ReceivedFiles): () => Promise<void> {
  let caughtUp: Promise<void> | undefined;
  return () => (caughtUp ??= inbox.publishLeftBehind().then(() => files.resumeLater((key) => inbox.fileOf(key))));
}

/** What keeps the session's work from taking one task after the other down. */
function guardsOf(options: SessionHostOptions, identity: SessionIdentity, row: SessionRow | undefined) {
  const { rows, clock, abandoned: signal, arrivals } = options;
  const { incarnation } = options.guard;
  const readyForLastTrial = (until: AbortSignal) => options.guard.readyForLastTrial(until);
  const common = { identity, rows, incarnation, readyForLastTrial, clock, signal };
  const trials = new RowTrials({ ...common, slot: 'rowTrial' });
  const replays = new RowTrials({ ...common, slot: 'replayTrial' });
  replays.inherit(row);
  return { trials, replays, guard: new RowGuard(trials, arrivals.next(identity.sessionUid)) };
}

/** Who wrote to the number in private, or whom it wrote to from its phone. */
function contactOf(event: MessageEvent | EchoEvent): string | undefined {
  if (event.groupId !== undefined) return undefined;
  return event.type === 'message' ? event.from : event.to;
}

/** Files of its received messages, on their way into S3. */
function receivedFilesOf(
  options: SessionHostOptions,
  common: Pick<ReceivedFilesOptions, 'identity' | 'logger' | 'signal'>,
  session: () => Session,
): ReceivedFiles {
  const { whatsapp, messages, files, clock } = options;
  return new ReceivedFiles({
    ...common,
    ...files,
    clock,
    marks: messages,
    open: (media) => whatsapp.openMedia(media, session().proxy.chosen),
    ask: (media, of) => askPhone({ session: session(), clock }, media, of),
  });
}

/** @param heardFrom a person wrote to the session */
function inboxPartsOf(options: SessionHostOptions, sessionUid: SessionUid, heardFrom: (phone: string) => void) {
  const { messages, publish, publishTo, arrivals, counters, contacts } = options;
  return {
    table: messages,
    publish: async (event: MessageEvent | EchoEvent): Promise<void> => {
      if (event.type === 'message' && event.groupId === undefined && event.from) heardFrom(event.from);
      // Before the event: whoever answers it at once is to find a contact.
      const recipient = contactOf(event);
      if (recipient) await contacts.met({ sessionUid, recipient });
      await publish(event);
    },
    publishTo,
    nextArrival: () => arrivals.next(sessionUid),
    onPublished: () => counters.add(Metric.messageReceived),
  };
}
