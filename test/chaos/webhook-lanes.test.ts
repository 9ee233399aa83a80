import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventDeliverySchema } from '#core/contracts/event.ts';
import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';
import { type DeliveryBed, startDeliveryBed } from '../functions/support/delivery-bed.ts';

const FULL = process.env['POMBO_CHAOS'] === 'full';
/** Nothing here is timed: this only ends a test that hangs, on a machine with much else to do. */
const timeout = FULL ? 3_600_000 : 600_000;
const SECOND = 1000;
/** Events of the busy receiver in each lane, all at once. */
const BACKLOG = FULL ? 10_000 : 300;
const OTHERS = FULL ? 200 : 20;
/** Each of the others has an event in each lane every so many seconds: three calls of ten that last 250 ms carry 120 a second. */
const EVERY_S = FULL ? 4 : 1;
const ROUNDS = FULL ? 16 : 10;
/** Reference webhooks.md section 6, bar 10. */
const P99_MS = 2 * SECOND;
const ANSWERS_AFTER_MS = 250;

let bed: DeliveryBed;
let busy: EndpointRow;
let others: readonly EndpointRow[];
let number = 0;

/** A text for the receiver in one of the lanes. Returns its event id. */
function publish(endpoint: EndpointRow, lane: 'events.fifo' | 'bulk', chat: string): string {
  const delivery = EventDeliverySchema.parse({
    endpointId: endpoint.endpointId,
    event: {
      version: 1,
      type: 'message',
      eventId: (++number).toString(16).padStart(32, 'f'),
      accountId: endpoint.accountId,
      sessionId: '100200300',
      sessionUid: '0123456789abcdef01234567',
      displayPhoneNumber: '5511911112222',
      occurredAtMs: bed.clock.now(),
      wamid: `wamid.L${number}`,
      from: chat,
      content: { type: 'text', text: { body: 'x' } },
    },
  });
  const { eventId } = delivery.event;
  const groupId = lane === 'bulk' ? endpoint.endpointId : `${endpoint.endpointId}#${chat}`;
  bed.sqs.send(lane, {
    body: JSON.stringify(delivery),
    groupId,
    ...(lane !== 'bulk' && { deduplicationId: eventId }),
    senderId: 'TEST',
  });
  return eventId;
}

beforeAll(async () => {
  bed = await startDeliveryBed();
  // Statuses and messages alike may pass each other here, so that only the lanes decide.
  busy = await bed.newEndpoint({ ordering: 'overtake' });
  others = await Promise.all(Array.from({ length: OTHERS }, () => bed.newEndpoint()));
  bed.setReceiver(() => ({ afterMs: ANSWERS_AFTER_MS }));
}, timeout);
afterAll(() => bed?.stop(), timeout);

describe(`${BACKLOG} events of one receiver in each lane`, () => {
  it('delay nobody beside it, in neither lane, and are all delivered (bar 10)', { timeout }, async () => {
    const mine = new Set<string>();
    for (let n = 0; n < BACKLOG; n++)
      for (const lane of ['events.fifo', 'bulk'] as const) mine.add(publish(busy, lane, `55${n}`));
    const publishedAt = new Map<string, number>();
    for (let round = 0; round < ROUNDS; round++) {
      for (const [n, other] of others.entries()) {
        if (n % EVERY_S !== round % EVERY_S) continue;
        for (const lane of ['events.fifo', 'bulk'] as const)
          publishedAt.set(publish(other, lane, `66${n}-${round}`), bed.clock.now());
      }
      await bed.clock.advance(SECOND);
    }
    await bed.clock.advance(30 * SECOND);
    const delays = bed.arrivals
      .flatMap(({ atMs, id }) => (publishedAt.has(id) ? [atMs - (publishedAt.get(id) ?? 0)] : []))
      .toSorted((a, b) => a - b);
    const p99 = delays[Math.floor(delays.length * 0.99)] ?? 0;
    console.log({ backlog: BACKLOG, others: OTHERS, p50: delays[Math.floor(delays.length / 2)], p99 });
    expect(delays).toHaveLength(publishedAt.size);
    expect(p99).toBeLessThanOrEqual(P99_MS);
    // 50 a second, which is its rate.
    await bed.clock.advance((2 * BACKLOG * SECOND) / 50 + 600 * SECOND);
    const taken = bed.arrivals.filter(({ id }) => mine.has(id)).map(({ id }) => id);
    expect(new Set(taken)).toEqual(mine);
    expect(taken).toHaveLength(mine.size);
  });
});
