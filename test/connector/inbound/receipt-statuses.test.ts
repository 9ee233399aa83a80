import { beforeEach, describe, expect, it } from 'vitest';
import type { StatusEvent } from '#core/contracts/event.ts';
import { AccountIdSchema, SessionIdSchema, SessionUidSchema, StanzaIdSchema } from '#core/domain/ids.ts';
import { formatWamid } from '#core/domain/wamid.ts';
import { makeReceiptStatuses } from '../../../connector/inbound/receipt-statuses.ts';
import type { MessageTable } from '../../../connector/messages/message-table.ts';
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
let tell: (receipt: Receipt) => Promise<void>;

beforeEach(() => {
  events = [];
  failures = 0;
  clock = new VirtualClock(0);
  sent = new SentBook({ outbound: async () => undefined } as unknown as MessageTable, sessionUid);
  tell = makeReceiptStatuses({
    identity,
    displayPhoneNumber: () => '551',
    sent,
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
  });
});
