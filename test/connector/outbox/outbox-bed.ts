import type { StatusEvent } from '#core/contracts/event.ts';
import { OutboundCommandSchema, type SendMessageCommand } from '#core/contracts/outbound-command.ts';
import { SessionUidSchema, StanzaIdSchema } from '#core/domain/ids.ts';
import type { SessionStatus } from '#core/domain/session-status.ts';
import { formatWamid } from '#core/domain/wamid.ts';
import type { OutboundRow } from '../../../connector/messages/message-row.ts';
import type { MessageTable } from '../../../connector/messages/message-table.ts';
import { SentBook } from '../../../connector/messages/sent-book.ts';
import { makeLogger } from '../../../connector/observability/logger.ts';
import type { Disposition } from '../../../connector/outbound/command-lanes.ts';
import { UNKNOWN_KIND } from '../../../connector/outbox/failure-codes.ts';
import { Outbox } from '../../../connector/outbox/outbox.ts';
import { ChangeWatch } from '../../../connector/sessions/change-watch.ts';
import type { Session } from '../../../connector/sessions/session.ts';
import type { OutgoingMessage, SendOutcome } from '../../../connector/whatsapp/whatsapp-port.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { MemoryParkedTable } from './memory-parked-table.ts';

export const sessionUid = SessionUidSchema.parse('a'.repeat(24));
const logger = makeLogger({ level: 'silent', version: '0' });
export const START_MS = 1_700_000_000_000;
export const FRIEND = '5511999990000';
export const TTL_MS = 24 * 60 * 60_000;

/** A session as the outbox sees it: it is open or not, and answers each message. */
export class FakeSession {
  readonly identity = { accountId: command(0).accountId, sessionId: command(0).sessionId, sessionUid };
  readonly sent: SentBook;
  readonly attempts: OutgoingMessage[] = [];
  phoneNumber = '5511888880000';
  status: SessionStatus = 'open';
  running = true;
  answer: (message: OutgoingMessage) => SendOutcome | Promise<SendOutcome>;
  readonly #changes = new ChangeWatch();

  constructor(table: MessageTable, clock: VirtualClock) {
    this.sent = new SentBook(table, sessionUid);
    this.answer = () => accepted(clock.now());
  }

  become(status: SessionStatus, running = true): void {
    this.status = status;
    this.running = running;
    this.#changes.notify();
  }

  async send(message: OutgoingMessage): Promise<SendOutcome> {
    if (this.status !== 'open') return { type: 'interrupted', neverLeft: true };
    this.attempts.push(message);
    return this.answer(message);
  }

  until(holds: (session: Session) => boolean, signal: AbortSignal): Promise<void> {
    return this.#changes.until(() => holds(this as unknown as Session), signal);
  }
}

export const accepted = (atMs: number): SendOutcome => ({
  type: 'accepted',
  chat: `${FRIEND}@s.whatsapp.net`,
  content: Buffer.from('p'),
  atMs,
});

/** Outboxes of one session on tables that outlive them. */
export class OutboxBed {
  /** Holds the rows of sent messages back. */
  beforeRow = async (): Promise<void> => undefined;
  readonly clock = new VirtualClock(START_MS, () => turns(TURNS_OF_A_LOOK));
  readonly parked = new MemoryParkedTable();
  readonly sentRows = new Map<string, OutboundRow>();
  readonly events: StatusEvent[] = [];
  writers: string[] = [];
  session: FakeSession;
  outbox: Outbox;
  readonly counts = new Map<string, number>();
  /** Numbers of the messages whose early receipts were asked for. */
  readonly askedEarly: number[] = [];
  #abandoned = new AbortController();

  constructor(status: SessionStatus = 'open') {
    ({ session: this.session, outbox: this.outbox } = this.#start(status));
  }

  /** As after a kill: a new outbox on what the tables have. */
  restart(status: SessionStatus): void {
    this.#abandoned.abort(new Error('killed'));
    this.session.become('stopped', false);
    this.#abandoned = new AbortController();
    ({ session: this.session, outbox: this.outbox } = this.#start(status));
  }

  /** @param receiveCount as SQS counts */
  begin(each: SendMessageCommand, receiveCount = 1): Promise<Disposition> {
    return this.outbox.handle(each, { sequence: String(Number.parseInt(each.stanzaId.slice(4), 16)), receiveCount });
  }

  /** To its end. */
  async handle(each: SendMessageCommand, receiveCount = 1): Promise<Disposition> {
    const disposition = await this.begin(each, receiveCount);
    return disposition.type === 'concluding' ? disposition.concluded : disposition;
  }

  /** Lets everything go on that needs no time. */
  async settle(): Promise<void> {
    await turns(200);
  }

  statuses(): string[] {
    return this.events.map(({ status, bizOpaqueCallbackData }) => `${bizOpaqueCallbackData} ${status}`);
  }

  #start(status: SessionStatus) {
    const messages = {
      putOutbound: async (row: OutboundRow) => {
        await this.beforeRow();
        this.sentRows.set(row.stanzaId, row);
        await turns(1);
      },
      outbound: async (_uid: string, stanzaId: string) => this.sentRows.get(stanzaId),
    } as unknown as MessageTable;
    const session = new FakeSession(messages, this.clock);
    session.status = status;
    const outbox = new Outbox({
      session: session as unknown as Session,
      policy: { messageTtlMs: TTL_MS, sendAttempts: 4, sendRetryDelayMs: 500, nativeButtons: false },
      findMedia: async () => ({ error: UNKNOWN_KIND }),
      findPreview: async () => undefined,
      messages,
      parked: this.parked,
      writers: async function* (this: OutboxBed) {
        yield* this.writers;
      }.bind(this),
      publish: async (event) => {
        await turns(1);
        this.events.push(event);
      },
      tellEarly: async (stanzaId) => void this.askedEarly.push(Number.parseInt(stanzaId.slice(4), 16)),
      counters: {
        add: (name, count = 1) => void this.counts.set(name, (this.counts.get(name) ?? 0) + count),
        gauge: () => undefined,
        flush: () => undefined,
        stop: () => undefined,
      },
      clock: this.clock,
      logger,
      abandoned: this.#abandoned.signal,
    });
    return { session, outbox };
  }
}

/** A look at the tables takes a few. */
const TURNS_OF_A_LOOK = 10;

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => void setImmediate(resolve));
}

/** The command with this number; its callback data is the number too. */
export function command(number: number, fields: Partial<SendMessageCommand> = {}): SendMessageCommand {
  const stanzaId = StanzaIdSchema.parse(`3EB0${number.toString(16).toUpperCase().padStart(18, '0')}`);
  return OutboundCommandSchema.parse({
    version: 1,
    type: 'message.send',
    accountId: '123456789012345678',
    sessionId: '12345',
    sessionUid,
    acceptedAtMs: START_MS,
    stanzaId,
    wamid: formatWamid({ sessionUid, direction: 'out', stanzaId }),
    to: { type: 'individual', phone: FRIEND },
    content: { type: 'text', text: { body: 'oi', previewUrl: false } },
    bizOpaqueCallbackData: String(number),
    ...fields,
  }) as SendMessageCommand;
}
