import { afterEach, describe, expect, it } from 'vitest';
import type { EventDelivery } from '#core/contracts/event.ts';
import { AwsError } from '../../../local/aws/json-protocol.ts';
import { type DeliveryBed, startDeliveryBed } from '../support/delivery-bed.ts';
import { UNREADABLE } from '../support/delivery-cloud.ts';
import { publishOver } from '../support/publish-over.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

let bed: DeliveryBed;
afterEach(() => bed.stop());

describe('the delivery engine, when a part of it fails', () => {
  it('loses nothing while Step Functions takes nothing', async () => {
    bed = await startDeliveryBed();
    const endpoint = await bed.newEndpoint();
    bed.faults.states = true;
    bed.setReceiver(() => ({ status: 500 }));
    const published = await publishOver(bed, endpoint, { events: 20, chats: 5, overMs: 20 * SECOND });
    await bed.clock.advance(MINUTE);
    bed.faults.states = false;
    bed.setReceiver(() => ({}));
    await bed.clock.advance(2 * HOUR);
    const statuses = (await Promise.all(published.map((one) => bed.row(one)))).map((row) => row?.status);
    expect(statuses).toEqual(published.map(() => 'delivered'));
  }, 300_000);

  it('loses nothing while DynamoDB throttles, and goes on within minutes', async () => {
    bed = await startDeliveryBed();
    const endpoint = await bed.newEndpoint();
    let calls = 0;
    bed.faults.dynamo = () =>
      ++calls % 3 === 0 ? new AwsError('ProvisionedThroughputExceededException', 'slow down', 400) : undefined;
    const published = await publishOver(bed, endpoint, { events: 30, chats: 10, overMs: 30 * SECOND });
    await bed.clock.advance(MINUTE);
    delete bed.faults.dynamo;
    await bed.clock.advance(10 * MINUTE);
    const statuses = (await Promise.all(published.map((one) => bed.row(one)))).map((row) => row?.status);
    expect(statuses).toEqual(published.map(() => 'delivered'));
  }, 300_000);

  it('loses nothing while DynamoDB takes nothing for five minutes, and goes on within two minutes, in order (bar 24)', async () => {
    bed = await startDeliveryBed();
    const endpoint = await bed.newEndpoint();
    const late = await bed.newEndpoint();
    bed.faults.dynamo = () => new AwsError('ProvisionedThroughputExceededException', 'slow down', 400);
    // Some have been tried for long by then, others hardly.
    const early = await publishOver(bed, endpoint, { events: 20, chats: 4, overMs: 4.5 * MINUTE });
    const published = [...early, ...(await publishOver(bed, late, { events: 20, chats: 4, overMs: MINUTE / 2 }))];
    delete bed.faults.dynamo;
    await bed.clock.advance(2 * MINUTE);
    const arrived = bed.arrivals.map(({ id }) => id);
    expect(arrived.toSorted()).toEqual(published.map(({ event }) => event.eventId).toSorted());
    for (let lane = 0; lane < 8; lane++) {
      const of = published.slice(lane < 4 ? 0 : 20, lane < 4 ? 20 : 40).filter((_, index) => index % 4 === lane % 4);
      const ids = of.map(({ event }) => event.eventId);
      expect(arrived.filter((id) => ids.some((each) => each === id))).toEqual(ids);
    }
  }, 300_000);

  it('loses nothing over kills at any of its calls, and doubles at most one delivery with each', async () => {
    bed = await startDeliveryBed({ seed: 9 });
    const endpoint = await bed.newEndpoint();
    let dice = 7;
    const roll = (): number => (dice = (dice * 48_271) % 2_147_483_647);
    bed.setReceiver(() => (roll() % 10 === 0 ? { status: 500 } : {}));
    bed.killAfter(() => 4 + (roll() % 60));
    const published: EventDelivery[] = [];
    while (bed.kills() < 10)
      published.push(...(await publishOver(bed, endpoint, { events: 10, chats: 5, overMs: 5 * SECOND })));
    bed.killAfter(() => Number.POSITIVE_INFINITY);
    await bed.clock.advance(4 * HOUR);
    const statuses = (await Promise.all(published.map((one) => bed.row(one)))).map((row) => row?.status);
    expect(statuses).toEqual(published.map(() => 'delivered'));
    expect(await bed.shared.backlog.count(endpoint.endpointId, 10)).toBe(0);
    const taken = bed.accepted.length - new Set(bed.accepted.map(({ id }) => id)).size;
    expect(taken).toBeLessThanOrEqual(bed.kills());
  }, 600_000);

  it('delivers once what two drainers work on, to the URL of now', async () => {
    bed = await startDeliveryBed();
    const endpoint = await bed.newEndpoint();
    bed.setReceiver(() => ({ status: 503 }));
    const published = await publishOver(bed, endpoint, { events: 60, chats: 12, overMs: 30 * SECOND });
    bed.setReceiver(() => ({}));
    const posts = bed.arrivals.length;
    await bed.shared.endpoints.update(endpoint, { url: 'https://new.example/' });
    const task = { accountId: endpoint.accountId, endpointId: endpoint.endpointId, generation: 1, part: 7, looks: 0 };
    bed.states.startExecution({
      stateMachineArn: bed.machines.recovery.arn,
      name: 'second',
      input: JSON.stringify({ ...task, closing: false }),
    });
    await bed.clock.advance(20 * MINUTE);
    const after = bed.arrivals.slice(posts);
    expect(after.map(({ id }) => id).toSorted()).toEqual(published.map(({ event }) => event.eventId).toSorted());
    expect(new Set(after.map(({ url }) => url))).toEqual(new Set(['https://new.example/']));
    expect(await bed.shared.states.get(endpoint.endpointId)).toMatchObject({ breaker: 'closed' });
  }, 300_000);

  it('puts unreadable records aside at once, and delays nobody beside them (bar 5)', async () => {
    bed = await startDeliveryBed();
    const endpoint = await bed.newEndpoint();
    const published = new Map<string, number>();
    let poison = 0;
    for (let at = 0; at < 10 * MINUTE; at += 2 * SECOND) {
      const groupId = `${endpoint.endpointId}#strict#5${at % 5}`;
      bed.sqs.send('events.fifo', { body: '{"no":', groupId, deduplicationId: `poison-${at}`, senderId: 'TEST' });
      bed.sqs.send('bulk', { body: '{}', senderId: 'TEST' });
      poison += 1;
      const { event } = bed.publish(endpoint, { chat: `5${at % 5}`, body: String(at) });
      published.set(event.eventId, bed.clock.now());
      await bed.clock.advance(2 * SECOND);
      expect(bed.sqs.depth(UNREADABLE.events).visible).toBe(poison);
      expect(bed.sqs.depth(UNREADABLE.bulk).visible).toBe(poison);
    }
    const delays = bed.arrivals.map(({ atMs, id }) => atMs - (published.get(id) ?? 0));
    expect(delays).toHaveLength(published.size);
    expect(Math.max(...delays)).toBeLessThanOrEqual(SECOND);
  }, 300_000);
});
