import { afterEach, describe, expect, it } from 'vitest';
import { type DeliveryBed, startDeliveryBed, textsOf } from '../support/delivery-bed.ts';
import { publishOver } from '../support/publish-over.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

let bed: DeliveryBed;
afterEach(() => bed.stop());

describe('the delivery engine', () => {
  it('delivers to a healthy receiver at one read and one write an event, without a transition', async () => {
    bed = await startDeliveryBed();
    const endpoint = await bed.newEndpoint();
    bed.requests.clear();
    const published = await publishOver(bed, endpoint, { events: 100, chats: 20, overMs: 40 * SECOND });
    await bed.clock.advance(5 * SECOND);
    expect(bed.arrivals.map(({ id }) => id).toSorted()).toEqual(published.map(({ event }) => event.eventId).toSorted());
    expect(bed.states.transitions()).toBe(0);
    const writes = [...bed.requests].filter(([name]) => /(Put|Update|Delete|BatchWrite)Item/.test(name));
    expect(writes).toEqual([['dynamodb:PutItem deliveries', 100]]);
    expect(bed.requests.get('dynamodb:BatchGetItem deliveries')).toBeLessThanOrEqual(100);
  });

  it('keeps the order of every chat while a fifth of all attempts fails', async () => {
    bed = await startDeliveryBed({ seed: 5 });
    const endpoint = await bed.newEndpoint();
    const delivered = new Set<string>();
    let dice = 1;
    bed.setReceiver(({ id }) => {
      dice = (dice * 48_271) % 2_147_483_647;
      if (dice % 5 === 0) return { status: 500 };
      delivered.add(id);
      return {};
    });
    const published = await publishOver(bed, endpoint, { events: 400, chats: 80, overMs: 40 * SECOND });
    await bed.clock.advance(2 * HOUR);
    expect(delivered.size).toBe(published.length);
    const last = new Map<string, number>();
    const wrong: string[] = [];
    // An attempt at an event comes after the success of the one before it in its chat.
    for (const { chat, body } of textsOf(bed.arrivals)) {
      if ((last.get(chat) ?? -1) > Number(body)) wrong.push(`${chat}: ${body} after ${last.get(chat)}`);
      last.set(chat, Math.max(last.get(chat) ?? -1, Number(body)));
    }
    expect(wrong).toEqual([]);
  }, 600_000);

  it('sends nothing before Retry-After is over, spends no attempt and loses nothing', async () => {
    bed = await startDeliveryBed();
    const endpoint = await bed.newEndpoint();
    const startMs = bed.clock.now();
    bed.setReceiver(({ atMs }) =>
      atMs < startMs + 15 * MINUTE ? { status: 429, headers: { 'retry-after': '300' } } : {},
    );
    const published = await publishOver(bed, endpoint, { events: 60, chats: 60, overMs: 10 * MINUTE });
    await bed.clock.advance(20 * MINUTE);
    const refused = bed.arrivals.filter(({ atMs }) => atMs < startMs + 15 * MINUTE).map(({ atMs }) => atMs - startMs);
    for (const [index, atMs] of refused.slice(1).entries()) {
      const waitedMs = atMs - (refused[index] ?? 0);
      expect(waitedMs).toBeGreaterThanOrEqual(5 * MINUTE);
      expect(waitedMs).toBeLessThanOrEqual(5 * MINUTE + 3 * SECOND);
    }
    const rows = await Promise.all(published.map((one) => bed.row(one)));
    expect(rows.map((row) => [row?.status, row?.attempts])).toEqual(published.map(() => ['delivered', 1]));
  }, 300_000);

  it('sends nothing more to a receiver that answers 410, and buries what waited', async () => {
    bed = await startDeliveryBed();
    const endpoint = await bed.newEndpoint();
    bed.setReceiver(() => ({ status: 503 }));
    const parked = await publishOver(bed, endpoint, { events: 30, chats: 30, overMs: 30 * SECOND });
    bed.setReceiver(() => ({ status: 410 }));
    const before = bed.arrivals.length;
    await bed.clock.advance(5 * MINUTE);
    const posts = bed.arrivals.length;
    expect(posts - before).toBe(1);
    const late = bed.publish(endpoint, { chat: '1', body: 'late' });
    await bed.clock.advance(HOUR);
    expect(bed.arrivals).toHaveLength(posts);
    const statuses = new Set((await Promise.all(parked.map((one) => bed.row(one)))).map((row) => row?.status));
    expect([...statuses]).toEqual(['dead']);
    expect(await bed.row(late)).toMatchObject({ status: 'dropped' });
    expect(bed.sqs.depth('dead-deliveries').visible).toBe(30);
    expect(bed.notices.filter(({ kind }) => kind === 'endpoint.disabled')).toHaveLength(1);
    expect(await bed.shared.backlog.count(endpoint.endpointId, 10)).toBe(0);
  }, 300_000);

  it('gives up after the schedule, tells the queue of dead deliveries, and lets the chat go on', async () => {
    bed = await startDeliveryBed();
    const endpoint = await bed.newEndpoint();
    bed.setReceiver(({ body }) => (body.includes('poison') ? { status: 500 } : {}));
    const poison = bed.publish(endpoint, { chat: '1', body: 'poison' });
    const behind = bed.publish(endpoint, { chat: '1', body: 'behind' });
    await bed.clock.advance(30 * HOUR);
    expect(await bed.row(poison)).toMatchObject({ status: 'dead', attempts: 10, deadReason: 'exhausted' });
    expect(await bed.row(behind)).toMatchObject({ status: 'delivered' });
    expect(bed.sqs.depth('dead-deliveries').visible).toBe(1);
    expect(bed.notices.map(({ kind }) => kind)).toEqual(['endpoint.first_dead']);
    const posts = bed.arrivals.filter(({ id }) => id === poison.event.eventId).map(({ atMs }) => atMs);
    const gaps = posts.slice(1).map((atMs, index) => (atMs - (posts[index] ?? 0)) / SECOND);
    const steps = [5, 30, 120, 600, 1800, 3600, 10_800, 21_600, 43_200];
    expect(gaps).toHaveLength(steps.length);
    for (const [index, gap] of gaps.entries()) {
      expect(gap).toBeGreaterThanOrEqual((steps[index] ?? 0) * 0.8);
      expect(gap).toBeLessThanOrEqual((steps[index] ?? 0) * 1.2 + 1);
    }
  }, 300_000);

  it('marks a replay, and sends it although it was delivered before', async () => {
    bed = await startDeliveryBed();
    const endpoint = await bed.newEndpoint();
    const delivery = bed.publish(endpoint, { chat: '1', body: 'x' });
    await bed.clock.advance(SECOND);
    const replay = 'job_0123456789abcdef';
    bed.sqs.send('events.fifo', {
      body: JSON.stringify({ ...delivery, replay }),
      groupId: 'replay',
      deduplicationId: replay,
      senderId: 'TEST',
    });
    await bed.clock.advance(SECOND);
    expect(bed.arrivals.map(({ headers }) => headers['webhook-replay'])).toEqual([undefined, replay]);
    expect(bed.arrivals[0]?.id).toBe(bed.arrivals[1]?.id);
    expect((await bed.row(delivery))?.history).toHaveLength(2);
  });

  it('keeps the row of a delivered text below a kilobyte', async () => {
    bed = await startDeliveryBed();
    const endpoint = await bed.newEndpoint();
    const text = 'Olá! O seu pedido 4711 saiu para entrega e chega hoje até as 18h. Qualquer dúvida, é só responder.';
    const delivery = bed.publish(endpoint, { chat: '5511987654321', body: text });
    await bed.clock.advance(SECOND);
    const row = (await bed.row(delivery))!;
    const bytes = Object.entries(row).reduce((sum, [name, value]) => sum + name.length + sizeOf(value), 0);
    expect(bytes).toBeLessThan(1024);
  });
});

/** As DynamoDB counts (developer guide, item sizes): about. */
function sizeOf(value: unknown): number {
  if (typeof value === 'number') return Math.ceil(String(value).length / 2) + 1;
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (value instanceof Uint8Array) return value.length;
  if (Array.isArray(value)) return 3 + value.reduce((sum: number, one) => sum + 1 + sizeOf(one), 0);
  if (typeof value !== 'object' || value === null) return 1;
  return 3 + Object.entries(value).reduce((sum, [name, one]) => sum + 1 + name.length + sizeOf(one), 0);
}
