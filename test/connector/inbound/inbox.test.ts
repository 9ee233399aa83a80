import { beforeEach, describe, expect, it } from 'vitest';
import type { MessageEvent } from '#core/contracts/event.ts';
import { AccountIdSchema, SessionIdSchema, SessionUidSchema, StanzaIdSchema } from '#core/domain/ids.ts';
import { authorHashOf } from '#core/domain/wamid.ts';
import { Inbox } from '../../../connector/inbound/inbox.ts';
import { type InboundRow, inboundKey } from '../../../connector/messages/message-row.ts';
import type { MessageTable, Pending } from '../../../connector/messages/message-table.ts';
import { makeLogger } from '../../../connector/observability/logger.ts';
import type { Arrival, ArrivedPart } from '../../../connector/whatsapp/whatsapp-port.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';

const identity = {
  accountId: AccountIdSchema.parse('123456789012345678'),
  sessionId: SessionIdSchema.parse('12345'),
  sessionUid: SessionUidSchema.parse('a'.repeat(24)),
};
const logger = makeLogger({ level: 'silent', version: '0' });

const arrival = (id: string, over: Partial<Arrival> = {}): Arrival => ({
  stanzaId: StanzaIdSchema.parse(id),
  chat: '99@lid',
  author: '99@lid',
  authorAlt: '552@s.whatsapp.net',
  fromMe: false,
  sentAtMs: 1000,
  content: Buffer.from(`text ${id}`),
  ...over,
});
const part = (message: Arrival, over: Partial<ArrivedPart> = {}): ArrivedPart => ({
  message,
  index: 0,
  last: true,
  control: false,
  ...over,
});

function memoryMessages() {
  const rows = new Map<string, InboundRow>();
  const parts = new Map<string, Uint8Array>();
  const pending = new Map<number, Pending>();
  const keyOf = (row: InboundRow): string => inboundKey(row.stanzaId, authorHashOf(row.author));
  const table: MessageTable = {
    async putInbound(row) {
      const there = rows.get(keyOf(row));
      if (!there) rows.set(keyOf(row), row);
      return there;
    },
    replaceInbound: async (row) => void rows.set(keyOf(row), row),
    inbound: async (_uid, key) => rows.get(key),
    inboundByStanza: async (_uid, id) => [...rows.values()].filter(({ stanzaId }) => stanzaId === id),
    putOutbound: async () => undefined,
    outbound: async () => undefined,
    putPart: async (_uid, key, plain) => void parts.set(key, plain),
    part: async (_uid, key) => parts.get(key),
    putPending: async (mark) => void pending.set(mark.arrival, mark),
    removePending: async (_uid, at) => void pending.delete(at),
    listPending: async () => [...pending.values()].toSorted((a, b) => a.arrival - b.arrival),
    erase: async () => undefined,
  };
  return { table, rows, pending };
}

let clock: VirtualClock;
let memory: ReturnType<typeof memoryMessages>;
let published: MessageEvent[];
/** While set, the queue takes nothing. */
let outage: PromiseWithResolvers<void> | undefined;

beforeEach(() => {
  clock = new VirtualClock(1_000_000);
  memory = memoryMessages();
  published = [];
  outage = undefined;
});

const newInbox = (): Inbox =>
  new Inbox({
    identity,
    table: memory.table,
    readMessage: (content) => {
      const body = Buffer.from(content).toString();
      if (body === 'housekeeping') return { type: 'housekeeping', kind: 'test' };
      const quoted = body.startsWith('re ') ? { quoted: { stanzaId: body.slice(3) } } : {};
      return { type: 'content', content: { type: 'text', text: { body } }, ...quoted };
    },
    displayPhoneNumber: () => '551',
    publish: async (event) => {
      await outage?.promise;
      published.push(event);
    },
    clock,
    logger,
    onPublished: () => undefined,
    signal: new AbortController().signal,
  });

const bodies = () =>
  published.map(({ content }) => (content.type === 'text' ? content.text.body : content.errors[0]?.code));

async function arrive(inbox: Inbox, message: Arrival): Promise<void> {
  await inbox.put(part(message));
  await inbox.committed(part(message));
}

describe('Inbox', () => {
  it('lets the receipt go when the event is queued, with phone number and LID apart', async () => {
    await arrive(newInbox(), arrival('A'));
    expect(published).toMatchObject([{ from: '552', fromUserId: '99', occurredAtMs: 1000, displayPhoneNumber: '551' }]);
    expect(memory.pending.size).toBe(0);
  });

  it('leaves a mark before the receipt when the queue is slow, which the next start publishes in order', async () => {
    outage = Promise.withResolvers();
    const inbox = newInbox();
    const receipts = [arrive(inbox, arrival('A')), arrive(inbox, arrival('B'))];
    await clock.advance(300);
    await Promise.all(receipts);
    expect(bodies()).toEqual([]);
    expect(memory.pending.size).toBe(2);
    // The process is killed here; the marks and rows are all that the next one has.
    outage = undefined;
    const next = newInbox();
    await next.replay();
    await next.settled();
    expect(bodies()).toEqual(['text A', 'text B']);
    await clock.advance(0);
    expect(memory.pending.size).toBe(0);
  });

  it('answers a redelivery from the row', async () => {
    const inbox = newInbox();
    await arrive(inbox, arrival('A'));
    expect(Buffer.from((await inbox.find(part(arrival('A', { content: new Uint8Array() })))) ?? []).toString()).toBe(
      'text A',
    );
    expect(await inbox.find(part(arrival('B')))).toBeUndefined();
  });

  it('gives a redelivery the event id of the first time', async () => {
    await arrive(newInbox(), arrival('A'));
    await arrive(newInbox(), arrival('A'));
    expect(published[0]?.eventId).toBe(published[1]?.eventId);
  });

  it('tells two authors apart who chose one stanza id', async () => {
    const inbox = newInbox();
    await arrive(inbox, arrival('A'));
    await arrive(inbox, arrival('A', { author: '77@lid', chat: '77@lid' }));
    expect(published[0]?.wamid).not.toBe(published[1]?.wamid);
  });

  it('tells 131060 a minute after a message that nobody could decrypt, and its content if that comes later', async () => {
    const inbox = newInbox();
    await inbox.undecryptable(arrival('A', { content: new Uint8Array() }));
    await clock.advance(59_000);
    expect(bodies()).toEqual([]);
    await clock.advance(2000);
    expect(bodies()).toEqual([131060]);
    await arrive(inbox, arrival('A'));
    expect(bodies()).toEqual([131060, 'text A']);
    expect(published[0]?.eventId).not.toBe(published[1]?.eventId);
    expect(published[0]?.wamid).toBe(published[1]?.wamid);
  });

  it('tells only the content when the author’s device sends again in time', async () => {
    const inbox = newInbox();
    await inbox.undecryptable(arrival('A', { content: new Uint8Array() }));
    await arrive(inbox, arrival('A'));
    await clock.advance(61_000);
    expect(bodies()).toEqual(['text A']);
  });

  it('names the message that a text answers when it knows it', async () => {
    const inbox = newInbox();
    await arrive(inbox, arrival('A'));
    await arrive(inbox, arrival('B', { content: Buffer.from('re A') }));
    await arrive(inbox, arrival('C', { content: Buffer.from('re unknown') }));
    expect(published[1]?.context).toEqual({ id: published[0]?.wamid, from: '552' });
    expect(published[2]?.context).toBeUndefined();
  });

  it('keeps and does not tell what our own phone wrote, housekeeping, and status lists', async () => {
    const inbox = newInbox();
    await arrive(inbox, arrival('A', { fromMe: true }));
    await arrive(inbox, arrival('B', { content: Buffer.from('housekeeping') }));
    await arrive(inbox, arrival('C', { chat: 'status@broadcast' }));
    await inbox.put(part(arrival('D'), { control: true }));
    await inbox.committed(part(arrival('D'), { control: true }));
    expect(bodies()).toEqual([]);
    expect(memory.rows.size).toBe(3);
  });

  it('keeps the first part of a stanza for a redelivery and tells the last one', async () => {
    const inbox = newInbox();
    const first = part(arrival('A', { content: Buffer.from('sender key') }), { last: false });
    await inbox.put(first);
    await inbox.committed(first);
    await inbox.put(part(arrival('A'), { index: 1 }));
    await inbox.committed(part(arrival('A'), { index: 1 }));
    expect(bodies()).toEqual(['text A']);
    expect(Buffer.from((await inbox.find(first)) ?? []).toString()).toBe('sender key');
  });
});
