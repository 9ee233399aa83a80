import { beforeEach, describe, expect, it } from 'vitest';
import type { StatusEvent } from '#core/contracts/event.ts';
import { AccountIdSchema, SessionIdSchema, SessionUidSchema, StanzaIdSchema } from '#core/domain/ids.ts';
import { formatWamid } from '#core/domain/wamid.ts';
import { makeReceiptStatuses, type ReceiptStatuses } from '../../../connector/inbound/receipt-statuses.ts';
import type { MessageTable, SingleReceipt } from '../../../connector/messages/message-table.ts';
import { SentBook } from '../../../connector/messages/sent-book.ts';
import { makeLogger } from '../../../connector/observability/logger.ts';
import type { Receipt, ReceiptKind } from '../../../connector/whatsapp/whatsapp-port.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';

const sessionUid = SessionUidSchema.parse('a'.repeat(24));
const identity = {
  accountId: AccountIdSchema.parse('123456789012345678'),
  sessionId: SessionIdSchema.parse('12345'),
  sessionUid,
};
const stanzaId = StanzaIdSchema.parse('A');
const message = (recipientType: 'individual' | 'group') => ({
  wamid: formatWamid({ sessionUid, direction: 'out', stanzaId }),
  recipientId: '552',
  recipientType,
});
const receipt = (kind: ReceiptKind, person = '552@s.whatsapp.net'): Receipt => ({
  kind,
  stanzaIds: ['A'],
  chat: 'chat',
  person,
  atMs: 5,
});

let events: StatusEvent[];
let sent: SentBook;
let failures: number;
let clock: VirtualClock;
let statusesOf: ReceiptStatuses;
/** What came before the row of its message. */
let early: SingleReceipt[];
const tell = (each: Receipt): Promise<void> => statusesOf.tell(each);

beforeEach(() => {
  events = [];
  failures = 0;
  clock = new VirtualClock(0);
  sent = new SentBook({ outbound: async () => undefined } as unknown as MessageTable, sessionUid);
  early = [];
  statusesOf = makeReceiptStatuses({
    identity,
    displayPhoneNumber: () => '551',
    sent,
    messages: {
      putEarly: async (_uid, _id, each) => void early.push(each),
      listEarly: async () => early,
    },
    publish: async (event) => {
      if (failures-- > 0) throw new Error('the queue is away');
      events.push(event);
    },
    clock,
    logger: makeLogger({ level: 'silent', version: '0' }),
    signal: new AbortController().signal,
  });
});

const statuses = () => events.map(({ status }) => status);

describe('makeReceiptStatuses', () => {
  it('tells each status once and never goes back', async () => {
    sent.remember('A', message('individual'));
    for (const kind of ['delivered', 'read', 'delivered', 'read', 'played'] as const) await tell(receipt(kind));
    expect(statuses()).toEqual(['delivered', 'read', 'played']);
    expect(events[0]).toMatchObject({ recipientId: '552', occurredAtMs: 5 });
  });

  it('tells each person of a group apart', async () => {
    sent.remember('A', message('group'));
    await tell({ ...receipt('read', '1@lid'), participant: '552' });
    await tell(receipt('read', '2@lid'));
    await tell(receipt('read', '2@lid'));
    expect(events.map(({ participant }) => participant)).toEqual(['552', undefined]);
    await tell(receipt('read', '3@lid'));
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(3);
  });

  it('holds the acknowledgement back until the queue has the status', async () => {
    sent.remember('A', message('individual'));
    failures = 3;
    let acknowledged = false;
    const told = tell(receipt('read')).then(() => (acknowledged = true));
    await clock.advance(100);
    expect(acknowledged).toBe(false);
    await clock.advance(10_000);
    await told;
    expect(statuses()).toEqual(['read']);
  });

  it('has nothing to tell of messages that the phone itself sent', async () => {
    await tell(receipt('delivered'));
    expect(events).toEqual([]);
    expect(early).toEqual([]);
  });

  it('keeps what may be about a message of ours without a row, and tells it when the message has been sent again', async () => {
    const ours = '3EB0AAAAAAAAAAAAAAAAAA';
    for (const kind of ['read', 'delivered'] as const) await tell({ ...receipt(kind), stanzaIds: [ours] });
    expect(events).toEqual([]);
    sent.remember(ours, message('individual'));
    await statusesOf.tellEarly(ours);
    await statusesOf.tellEarly(ours);
    await tell({ ...receipt('delivered'), stanzaIds: [ours] });
    expect(statuses()).toEqual(['delivered', 'read']);
  });

  it('tells at once what was sent while it was being kept', async () => {
    const ours = '3EB0BBBBBBBBBBBBBBBBBB';
    early.push = (...each) => {
      sent.remember(ours, message('individual'));
      return each.length;
    };
    await tell({ ...receipt('read'), stanzaIds: [ours] });
    expect(statuses()).toEqual(['read']);
  });
});
