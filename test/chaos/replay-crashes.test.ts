import process from 'node:process';
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deliveryKeyOf } from '#core/adapters/dynamodb/delivery-repository.ts';
import { storeEvent } from '#core/adapters/dynamodb/stored-event.ts';
import { EventDeliverySchema, eventTypeOf } from '#core/contracts/event.ts';
import { EndpointIdSchema } from '#core/domain/ids.ts';
import { replaySlice, type SliceDependencies } from '../../functions/replay/replay-slice.ts';
import { eventOf } from '../functions/support/delivered-events.ts';
import { HOUR_MS, type ReplayBed, startReplayBed } from '../functions/support/replay-bed.ts';

/** Bar 22: 100,000 dead events in full (`npm run chaos`), a short form otherwise. */
const EVENTS = process.env['POMBO_CHAOS'] === 'full' ? 100_000 : 1_000;
/** A slice dies this often, in turn before and after its cursor is written. */
const CRASHES = 20;
/** It dies at the first to fifth batch of a slice. */
const MOST_BATCHES = 5;
const BATCH = 25;
const TIMEOUT_MS = 1_200_000;

class Killed extends Error {
  override readonly name = 'Killed';
}

describe('a replay of many dead events', () => {
  let bed: ReplayBed;
  beforeAll(async () => {
    bed = await startReplayBed();
    await bed.reset();
    await bed.api.call(`PATCH /webhooks/${bed.webhook()}`, { body: { rate: { per_second: 1000 } } });
    await writeDead(bed);
  }, TIMEOUT_MS);
  afterAll(() => bed.api.aws.stop());

  it(
    'queues every id once, with exact counts, whenever it dies',
    async () => {
      const id = await bed.start({ webhook: bed.webhook(), statuses: ['dead'] });
      const ids = new Map<string, number>();
      const collect = async (): Promise<void> => {
        for (const { event } of await bed.queued()) ids.set(event.eventId, (ids.get(event.eventId) ?? 0) + 1);
      };
      let crashes = 0;
      for (;;) {
        const job = await bed.jobOf(id);
        const dying = crashes < CRASHES ? dyingAt(bed.dependencies, (crashes % MOST_BATCHES) + 1) : bed.dependencies;
        const result = await replaySlice(dying, job).catch((error: unknown) => {
          if (!(error instanceof Killed)) throw error;
          crashes += 1;
          return { done: false };
        });
        await collect();
        if (result.done) break;
      }
      expect(crashes).toBe(CRASHES);
      expect(ids.size).toBe(EVENTS);
      expect([...ids.values()].every((times) => times === 1)).toBe(true);
      expect(await bed.show(id)).toMatchObject({ status: 'done', looked: EVENTS, queued: EVENTS, skipped: 0 });
    },
    TIMEOUT_MS,
  );

  it('stops within ten deliveries when it is cancelled', async () => {
    const id = await bed.start({ webhook: bed.webhook(), statuses: ['dead'] });
    const { queueAgain } = bed.dependencies;
    let after = -1;
    const cancelling: SliceDependencies = {
      ...bed.dependencies,
      queueAgain: async (deliveries) => {
        if (after >= 0) after += deliveries.length;
        else if ((await bed.api.call(`POST /replays/${id}/cancel`)).status === 200) after = deliveries.length;
        await queueAgain(deliveries);
      },
    };
    expect(await replaySlice(cancelling, await bed.jobOf(id))).toMatchObject({ done: true });
    expect(after).toBeLessThanOrEqual(10);
    expect(await bed.show(id)).toMatchObject({ status: 'cancelled', queued: after });
  });
});

/** Dies at the n-th batch: behind the queue and before the cursor, or behind both. */
function dyingAt(own: SliceDependencies, batch: number): SliceDependencies {
  let batches = 0;
  return {
    ...own,
    jobs: {
      ...own.jobs,
      async advance(seen, progress) {
        batches += 1;
        if (batches === batch && batch % 2 === 1) throw new Killed();
        const row = await own.jobs.advance(seen, progress);
        if (batches === batch) throw new Killed();
        return row;
      },
    },
  };
}

/** Rows as the delivery engine leaves them, written in batches. */
async function writeDead(bed: ReplayBed): Promise<void> {
  const endpointId = EndpointIdSchema.parse(bed.webhook());
  for (let first = 0; first < EVENTS; first += BATCH) {
    const requests = Array.from({ length: Math.min(BATCH, EVENTS - first) }, (_, index) => {
      const atMs = bed.nowMs() - 12 * HOUR_MS + (first + index);
      const event = eventOf({ webhook: endpointId, accountId: bed.accountId(), message: first + index, atMs });
      const delivery = EventDeliverySchema.parse({ endpointId, event });
      const { eventId, accountId, sessionId, wamid } = event;
      const about = { endpointId, eventId, accountId, sessionId, wamid, eventType: eventTypeOf(event) };
      const ended = { status: 'dead', attempts: 10, updatedAtMs: atMs, expiresAt: 4_000_000_000 };
      return { PutRequest: { Item: { ...deliveryKeyOf(delivery), ...about, ...ended, event: storeEvent(event) } } };
    });
    await bed.api.aws.documents.send(new BatchWriteCommand({ RequestItems: { deliveries: requests } }));
  }
}
