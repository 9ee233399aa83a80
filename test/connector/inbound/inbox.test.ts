import { beforeEach, describe, expect, it } from 'vitest';
import { parseWamid } from '#core/domain/wamid.ts';
import { arrival, arrive, InboxBed, part, replayOf } from './inbox-bed.ts';

let bed: InboxBed;

beforeEach(() => {
  bed = new InboxBed();
});

describe('Inbox', () => {
  it('lets the receipt go when the event is queued, with phone number and LID apart', async () => {
    await arrive(bed.restart(), arrival('A'));
    expect(bed.published).toMatchObject([
      { from: '552', fromUserId: '99', occurredAtMs: 1000, displayPhoneNumber: '551' },
    ]);
    expect(bed.memory.pending.size).toBe(0);
  });

  it('leaves a mark before the receipt when the queue is slow, which the next start publishes in order', async () => {
    bed.outage = Promise.withResolvers();
    const inbox = bed.restart();
    const receipts = [arrive(inbox, arrival('A')), arrive(inbox, arrival('B'))];
    await bed.clock.advance(300);
    await Promise.all(receipts);
    expect(bed.bodies()).toEqual([]);
    expect(bed.memory.pending.size).toBe(2);
    // The process is killed here; the marks and rows are all that the next one has.
    bed.outage = undefined;
    const next = bed.restart();
    await next.publishLeftBehind();
    await next.settled();
    expect(bed.bodies()).toEqual(['text A', 'text B']);
    await bed.clock.advance(0);
    expect(bed.memory.pending.size).toBe(0);
  });

  it('answers a redelivery from the row', async () => {
    const inbox = bed.restart();
    await arrive(inbox, arrival('A'));
    expect(Buffer.from((await inbox.find(part(arrival('A', { content: new Uint8Array() })))) ?? []).toString()).toBe(
      'text A',
    );
    expect(await inbox.find(part(arrival('B')))).toBeUndefined();
  });

  it('gives a redelivery the event id of the first time', async () => {
    await arrive(bed.restart(), arrival('A'));
    await arrive(bed.restart(), arrival('A'));
    expect(bed.published[0]?.eventId).toBe(bed.published[1]?.eventId);
  });

  it('tells two authors apart who chose one stanza id', async () => {
    const inbox = bed.restart();
    await arrive(inbox, arrival('A'));
    await arrive(inbox, arrival('A', { author: '77@lid', chat: '77@lid' }));
    expect(bed.published[0]?.wamid).not.toBe(bed.published[1]?.wamid);
  });

  it('names the message that a text answers, one that it does not know by the id that it would have', async () => {
    const inbox = bed.restart();
    await arrive(inbox, arrival('A'));
    await arrive(inbox, arrival('B', { content: Buffer.from('re A') }));
    await arrive(inbox, arrival('C', { content: Buffer.from('re D') }));
    await arrive(inbox, arrival('E', { content: Buffer.from('re ours') }));
    await arrive(inbox, arrival('D'));
    // Of another chat, and a stanza id is its sender's choice.
    await arrive(inbox, arrival('F', { chat: '77@lid', author: '77@lid', content: Buffer.from('re A') }));
    expect(bed.published[1]?.context).toEqual({ id: bed.published[0]?.wamid, from: '552' });
    expect(bed.published[2]?.context).toEqual({ id: bed.published[4]?.wamid, from: '552' });
    expect(parseWamid(bed.published[3]?.context?.id ?? '')).toMatchObject({ direction: 'out', stanzaId: 'ours' });
    expect(bed.published[5]?.context?.id).not.toBe(bed.published[0]?.wamid);
  });

  it('tells what our own phone wrote as an echo', async () => {
    await arrive(bed.restart(), arrival('A', { fromMe: true, chatAlt: '553@s.whatsapp.net' }));
    expect(bed.published).toMatchObject([{ type: 'echo', to: '553', toUserId: '99' }]);
  });

  it('keeps and does not tell housekeeping and status lists', async () => {
    const inbox = bed.restart();
    await arrive(inbox, arrival('B', { content: Buffer.from('housekeeping') }));
    await arrive(inbox, arrival('C', { chat: 'status@broadcast' }));
    await inbox.put(part(arrival('D'), { control: true }));
    await inbox.committed(part(arrival('D'), { control: true }));
    expect(bed.bodies()).toEqual([]);
    expect(bed.memory.rows.size).toBe(2);
  });

  it('keeps the first part of a stanza for a redelivery and tells the last one', async () => {
    const inbox = bed.restart();
    const first = part(arrival('A', { content: Buffer.from('sender key') }), { last: false });
    await inbox.put(first);
    await inbox.committed(first);
    await inbox.put(part(arrival('A'), { index: 1 }));
    await inbox.committed(part(arrival('A'), { index: 1 }));
    expect(bed.bodies()).toEqual(['text A']);
    expect(Buffer.from((await inbox.find(first)) ?? []).toString()).toBe('sender key');
  });

  it('tells a message that comes again hours later under its first id, time and content', async () => {
    await arrive(bed.restart(), arrival('A'));
    await bed.clock.advance(6 * 60 * 60 * 1000);
    // Under the phone number this time, which has the same person behind it.
    const again = { author: '552@s.whatsapp.net', authorAlt: '99@lid', sentAtMs: 9000, content: Buffer.from('other') };
    await arrive(bed.restart(), arrival('A', again));
    expect(bed.published[1]).toEqual({ ...bed.published[0] });
    expect(bed.published[1]).toMatchObject({ occurredAtMs: 1000, content: { text: { body: 'text A' } } });
    expect(bed.memory.rows.size).toBe(1);
  });

  it('tells a message that can’t be read as such after three tries, and others meanwhile', async () => {
    const inbox = bed.restart();
    const broken = arrive(inbox, arrival('A', { content: Buffer.from('broken') }));
    await arrive(inbox, arrival('B', { chat: '77@lid', author: '77@lid' }));
    expect(bed.bodies()).toEqual(['text B']);
    await bed.clock.advance(400);
    await broken;
    expect(bed.bodies()).toEqual(['text B', 131051]);
    expect(bed.published[1]).toMatchObject({ content: { unsupported: { type: 'unreadable' } } });
    expect(bed.reads).toBe(3);
    await arrive(inbox, arrival('C'));
    expect(bed.bodies()).toEqual(['text B', 131051, 'text C']);
  });

  it('tells a message that its queue will never take as one that can’t be read', async () => {
    await arrive(bed.restart(), arrival('A', { content: Buffer.from('too long') }));
    expect(bed.bodies()).toEqual([131051]);
  });

  it('replays what was taken in a time to one endpoint, in order of arrival and as it was told', async () => {
    const inbox = bed.restart();
    for (const [id, sentAtMs] of [
      ['A', 999],
      ['C', 1000],
      ['B', 1500],
      ['D', 2000],
    ] as const) {
      await arrive(inbox, arrival(id, { sentAtMs }));
    }
    await arrive(inbox, arrival('E', { chat: '1@newsletter', sentAtMs: 1500 }));
    await arrive(inbox, arrival('F', { content: Buffer.from('housekeeping'), sentAtMs: 1500 }));
    const never = new AbortController().signal;
    await inbox.replay(replayOf(1000, 2000), never);
    expect(bed.replayed).toEqual(
      bed.published
        .slice(1, 3)
        .map((event) => ({ endpointId: replayOf(0, 0).endpointId, event, jobId: 'job_0123456789abcdef' })),
    );
    await inbox.replay(replayOf(0, 9000), AbortSignal.abort());
    expect(bed.replayed).toHaveLength(2);
  });

  it('tells an order with its products, and asks for them once: a replay has them too', async () => {
    const items = [{ product_retailer_id: 'p1', quantity: 2, item_price: 3.5, currency: 'BRL' }];
    const told = Promise.withResolvers<typeof items>();
    bed.products = told.promise;
    const inbox = bed.restart();
    const receipt = arrive(inbox, arrival('A', { content: Buffer.from('order') }));
    await bed.clock.advance(300);
    await receipt;
    expect([bed.published, bed.memory.pending.size]).toEqual([[], 1]);
    told.resolve(items);
    await inbox.settled();
    expect(bed.published).toMatchObject([{ content: { order: { product_items: items } } }]);
    await inbox.replay(replayOf(0, 2000), new AbortController().signal);
    expect(bed.replayed).toMatchObject([{ event: { content: { order: { product_items: items } } } }]);
    expect(bed.asked).toBe(1);
  });

  it('tells an order without its products when nobody knows them', async () => {
    await arrive(bed.restart(), arrival('A', { content: Buffer.from('order') }));
    expect(bed.published).toMatchObject([{ content: { type: 'order', order: { catalog_id: '1' } } }]);
    expect(bed.published[0]?.content).not.toHaveProperty('order.product_items');
  });
});
