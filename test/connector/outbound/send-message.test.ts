import { beforeEach, describe, expect, it } from 'vitest';
import type { StatusEvent } from '#core/contracts/event.ts';
import { OutboundCommandSchema, type SendMessageCommand } from '#core/contracts/outbound-command.ts';
import { SessionUidSchema, StanzaIdSchema } from '#core/domain/ids.ts';
import type { SessionStatus } from '#core/domain/session-status.ts';
import { formatWamid } from '#core/domain/wamid.ts';
import type { OutboundRow } from '../../../connector/messages/message-row.ts';
import type { MessageTable } from '../../../connector/messages/message-table.ts';
import { SentBook } from '../../../connector/messages/sent-book.ts';
import { makeLogger } from '../../../connector/observability/logger.ts';
import { MessageCommands } from '../../../connector/outbound/send-message.ts';
import type { Session } from '../../../connector/sessions/session.ts';
import type { OutgoingMessage, SendOutcome } from '../../../connector/whatsapp/whatsapp-port.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';

const sessionUid = SessionUidSchema.parse('a'.repeat(24));
const stanzaId = StanzaIdSchema.parse('3EB0AAAAAAAAAAAAAAAAAA');
const command = OutboundCommandSchema.parse({
  version: 1,
  type: 'message.send',
  accountId: '123456789012345678',
  sessionId: '12345',
  sessionUid,
  acceptedAtMs: 0,
  stanzaId,
  wamid: formatWamid({ sessionUid, direction: 'out', stanzaId }),
  to: { type: 'individual', phone: '5511999990000' },
  content: { type: 'text', text: { body: 'oi', previewUrl: false } },
  bizOpaqueCallbackData: 'mine',
}) as SendMessageCommand;
const logger = makeLogger({ level: 'silent', version: '0' });
const ACCEPTED: SendOutcome = {
  type: 'accepted',
  chat: '5511999990000@s.whatsapp.net',
  content: Buffer.from('p'),
  atMs: 7,
};

class FakeSession {
  readonly identity = command;
  readonly phoneNumber = '551';
  readonly sent: SentBook;
  readonly attempts: OutgoingMessage[] = [];
  status: SessionStatus = 'open';
  running = true;
  answer: () => SendOutcome = () => ACCEPTED;
  readonly #changed = new Set<() => void>();

  constructor(table: MessageTable) {
    this.sent = new SentBook(table, sessionUid);
  }

  become(status: SessionStatus, running = true): void {
    this.status = status;
    this.running = running;
    for (const look of this.#changed) look();
  }

  async send(message: OutgoingMessage): Promise<SendOutcome> {
    this.attempts.push(message);
    return this.answer();
  }

  async until(holds: (session: Session) => boolean, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = (): void => void ((holds(this.session) || signal.aborted) && resolve());
      this.#changed.add(look);
      signal.addEventListener('abort', look);
      look();
    });
  }

  get session(): Session {
    return this as unknown as Session;
  }
}

let clock: VirtualClock;
let rows: OutboundRow[];
let events: StatusEvent[];
let session: FakeSession;
let draining: AbortController;
let commands: MessageCommands;

beforeEach(() => {
  clock = new VirtualClock(1000);
  rows = [];
  events = [];
  draining = new AbortController();
  const messages = {
    putOutbound: async (row: OutboundRow) => void rows.push(row),
    outbound: async () => rows[0],
  } as unknown as MessageTable;
  session = new FakeSession(messages);
  commands = new MessageCommands({
    messages,
    publish: async (event) => void events.push(event),
    counters: { add: () => undefined, gauge: () => undefined, flush: () => undefined, stop: () => undefined },
    clock,
    logger,
    draining: draining.signal,
    abandoned: new AbortController().signal,
  });
});

const handle = (receiveCount = 1) => commands.handle(command, session.session, receiveCount);

describe('MessageCommands', () => {
  it('stores what WhatsApp took, then tells sent, then is done', async () => {
    expect(await handle()).toEqual({ type: 'done' });
    expect(rows).toMatchObject([
      { stanzaId, recipientId: '5511999990000', bizOpaqueCallbackData: 'mine', acceptedAtMs: 7 },
    ]);
    expect(events).toMatchObject([
      { status: 'sent', occurredAtMs: 7, recipientId: '5511999990000', bizOpaqueCallbackData: 'mine' },
    ]);
  });

  it('sends again under the same stanza id when the line breaks, however often', async () => {
    let breaks = 10;
    session.answer = () => {
      if (breaks-- === 0) return ACCEPTED;
      session.become('reconnecting');
      return { type: 'interrupted' };
    };
    const done = handle();
    for (let n = 0; n < 12; n++) {
      await clock.advance(500);
      session.become('open');
      await clock.advance(0);
    }
    expect(await done).toEqual({ type: 'done' });
    expect(session.attempts).toHaveLength(11);
    expect(new Set(session.attempts.map((attempt) => attempt.stanzaId))).toEqual(new Set([stanzaId]));
    expect(events).toHaveLength(1);
  });

  it('tells a failure after four silences on an open line', async () => {
    session.answer = () => ({ type: 'interrupted' });
    const done = handle();
    await clock.advance(10_000);
    expect(await done).toEqual({ type: 'done' });
    expect(session.attempts).toHaveLength(4);
    expect(events).toMatchObject([{ status: 'failed', errors: [{ code: 131000 }] }]);
  });

  it('does not send what WhatsApp took before a crash, and tells it again as it was', async () => {
    await handle();
    session.attempts.length = 0;
    await clock.advance(5000);
    expect(await handle(2)).toEqual({ type: 'done' });
    expect(session.attempts).toHaveLength(0);
    expect(events[1]).toEqual(events[0]);
  });

  it('waits in hand for a session that is connecting', async () => {
    session.become('connecting');
    const done = handle();
    await clock.advance(3_600_000);
    expect(session.attempts).toHaveLength(0);
    session.become('open');
    expect(await done).toEqual({ type: 'done' });
  });

  it('parks commands beyond forty of a session until it opens', async () => {
    session.become('reconnecting');
    const waiting = Array.from({ length: 40 }, () => handle());
    const parked = await handle();
    expect(parked).toMatchObject({ type: 'give_back', delayS: 900 });
    let shown = false;
    if (parked.type === 'give_back') void parked.until?.then(() => (shown = true));
    session.become('open');
    await Promise.all(waiting);
    expect(shown).toBe(true);
  });

  it('gives back what waits when the process ends', async () => {
    session.become('reconnecting');
    const done = handle();
    draining.abort();
    expect(await done).toEqual({ type: 'give_back' });
  });

  it.each<[SessionStatus, boolean, number]>([
    ['logged_out', false, 133010],
    ['stopped', false, 133010],
    ['pairing', true, 133010],
    ['banned', false, 131031],
  ])('tells a failure when the session is %s', async (status, running, code) => {
    session.become(status, running);
    const done = handle();
    await clock.advance(5000);
    expect(await done).toEqual({ type: 'done' });
    expect(events).toMatchObject([{ status: 'failed', errors: [{ code }] }]);
  });

  it('waits for a start that comes after the message', async () => {
    session.become('stopped', false);
    const done = handle();
    await clock.advance(2000);
    session.become('connecting');
    session.become('open');
    expect(await done).toEqual({ type: 'done' });
    expect(events).toMatchObject([{ status: 'sent' }]);
  });
});
