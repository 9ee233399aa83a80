import { ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeStepFunctionsClient } from '#core/adapters/clients/step-functions-client.ts';
import { deliveryKeyOf } from '#core/adapters/dynamodb/delivery-repository.ts';
import { EventDeliverySchema } from '#core/contracts/event.ts';
import { replaySlice, type SliceDependencies } from '../../../functions/replay/replay-slice.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { REPLAY_MACHINE } from '../support/aws-test-bed.ts';
import { DAY_MS, HOUR_MS, type ReplayBed, startReplayBed } from '../support/replay-bed.ts';

describe('a replay', () => {
  let bed: ReplayBed;
  beforeAll(async () => {
    bed = await startReplayBed();
  }, 60_000);
  afterAll(() => bed.api.aws.stop());
  beforeEach(() => bed.reset());

  it('sends everything of a time again, oldest first, under its old id, and counts', async () => {
    const made = await bed.many(23);
    await bed.tell({ message: 99, atMs: bed.nowMs() - 30 * HOUR_MS });
    await bed.tell({ message: 98, status: 'parked' });
    const id = await bed.start({ webhook: bed.webhook() });
    expect(await bed.show(id)).toMatchObject({ status: 'running', looked: 0, queued: 0, source: 'deliveries' });
    await bed.runMachine(id);
    const sent = await bed.queued();
    expect(sent.map(({ event }) => event)).toEqual(made.map(({ event }) => event));
    expect(sent.every(({ replay, endpointId }) => replay === id && endpointId === bed.webhook())).toBe(true);
    expect(await bed.show(id)).toMatchObject({
      status: 'done',
      looked: 24,
      queued: 23,
      skipped: 0,
      webhooks: [bed.webhook()],
    });
  });

  it.each([
    ['deliveries', (one: { id: string }) => ({ deliveries: [one.id] })],
    ['events', (one: { event: { eventId: string } }) => ({ events: [one.event.eventId] })],
    ['messages', (one: { event: { wamid: string } }) => ({ messages: [one.event.wamid] })],
  ])('sends single ones again by %s, however long ago', async (_, filter) => {
    const wanted = await bed.tell({ message: 50, atMs: bed.nowMs() - 29 * DAY_MS });
    await bed.many(3);
    const second = await bed.newWebhook();
    await bed.tell({ message: 50, atMs: bed.nowMs() - 29 * DAY_MS, webhook: second });
    const id = await bed.start({
      ...filter(wanted),
      ...('deliveries' in filter(wanted) ? {} : { webhook: bed.webhook() }),
    });
    await bed.runMachine(id);
    expect((await bed.queued()).map(({ endpointId, event }) => [endpointId, event.eventId])).toEqual([
      [bed.webhook(), wanted.event.eventId],
    ]);
    expect(await bed.show(id)).toMatchObject({ status: 'done', queued: 1, skipped: 0 });
  });

  it('sends the dead letters of 30 days again, and nothing else', async () => {
    const dead = await bed.tell({ message: 1, status: 'dead', atMs: bed.nowMs() - 20 * DAY_MS });
    await bed.many(3);
    await bed.runMachine(await bed.start({ statuses: ['dead'] }));
    expect((await bed.queued()).map(({ event }) => event.eventId)).toEqual([dead.event.eventId]);
  });

  it('keeps to kind, session and time', async () => {
    const session = await bed.api.newSession();
    const wanted = await bed.tell({ message: 1, told: 'read', session, atMs: bed.nowMs() - 3 * HOUR_MS });
    await bed.tell({ message: 2, told: 'read', session, atMs: bed.nowMs() - HOUR_MS });
    await bed.tell({ message: 3, session, atMs: bed.nowMs() - 3 * HOUR_MS });
    await bed.tell({ message: 4, told: 'read', atMs: bed.nowMs() - 3 * HOUR_MS });
    const until = new Date(bed.nowMs() - 2 * HOUR_MS).toISOString();
    await bed.runMachine(await bed.start({ types: ['statuses'], session, until }));
    expect((await bed.queued()).map(({ event }) => event.eventId)).toEqual([wanted.event.eventId]);
  });

  it('holds the rate of the webhook over all slices', async () => {
    const slow = await bed.newWebhook({ rate: { per_second: 2 } });
    await bed.many(100, { webhook: slow });
    const waits = await bed.runMachine(await bed.start({ webhook: slow }));
    expect(waits.slice(0, 2)).toEqual([20, 20].map((seconds) => expect.closeTo(seconds, -0.4) as number));
    expect(waits).toHaveLength(2);
    expect(await bed.queued()).toHaveLength(100);
  });

  it('queues every id once although a slice dies between the queue and the cursor', async () => {
    const made = await bed.many(75);
    const id = await bed.start({ webhook: bed.webhook() });
    const own = bed.dependencies;
    for (const diesAt of [1, 3, 2]) {
      let calls = 0;
      const dying: SliceDependencies = {
        ...own,
        jobs: {
          ...own.jobs,
          advance: (seen, progress) =>
            ++calls === diesAt ? Promise.reject(new Error('killed')) : own.jobs.advance(seen, progress),
        },
      };
      await expect(replaySlice(dying, await bed.jobOf(id))).rejects.toThrow('killed');
    }
    await bed.runMachine(id);
    const sent = (await bed.queued()).map(({ event }) => event.eventId);
    expect(sent).toHaveLength(made.length);
    expect(new Set(sent).size).toBe(made.length);
    expect(await bed.show(id)).toMatchObject({ status: 'done', looked: 75, queued: 75 });
  });

  it('lets one of two slices of one job go on', async () => {
    await bed.many(50);
    const id = await bed.start({ webhook: bed.webhook() });
    const job = await bed.jobOf(id);
    await Promise.all([replaySlice(bed.dependencies, job), replaySlice(bed.dependencies, job)]);
    expect(await bed.queued()).toHaveLength(50);
    expect(await bed.show(id)).toMatchObject({ status: 'done', looked: 50, queued: 50 });
  });

  it('ends a slice by itself when reading takes long, and goes on where it stood', async () => {
    await bed.many(30);
    const id = await bed.start({ webhook: bed.webhook() });
    const virtual = new VirtualClock(bed.nowMs());
    const own = bed.dependencies;
    const slow: SliceDependencies = {
      ...own,
      clock: virtual,
      queueAgain: async (deliveries) => {
        await own.queueAgain(deliveries);
        await virtual.advance(15_000);
      },
    };
    expect(await replaySlice(slow, await bed.jobOf(id))).toEqual({ done: false, waitSeconds: 1 });
    expect(await bed.show(id)).toMatchObject({ status: 'running', queued: 20 });
    await bed.runMachine(id);
    expect(await bed.queued()).toHaveLength(30);
  });

  it('is cancelled between two batches: at most ten more go out', async () => {
    await bed.many(60);
    const id = await bed.start({ webhook: bed.webhook() });
    const own = bed.dependencies;
    let batches = 0;
    const cancelling: SliceDependencies = {
      ...own,
      queueAgain: async (deliveries) => {
        await own.queueAgain(deliveries);
        if (++batches === 2)
          expect((await bed.api.call(`POST /replays/${id}/cancel`)).json).toMatchObject({ status: 'cancelled' });
      },
    };
    expect(await replaySlice(cancelling, await bed.jobOf(id))).toMatchObject({ done: true });
    expect(await bed.runMachine(id)).toEqual([]);
    expect(await bed.queued()).toHaveLength(20);
    expect(await bed.show(id)).toMatchObject({ status: 'cancelled', queued: 20 });
    expect((await bed.api.call(`POST /replays/${id}/cancel`)).status).toBe(200);
  });

  it('counts what has no event as skipped', async () => {
    const [one] = await bed.many(3);
    if (one) {
      const Key = deliveryKeyOf(EventDeliverySchema.parse({ endpointId: bed.webhook(), event: one.event }));
      await bed.api.aws.documents.send(
        new UpdateCommand({
          TableName: 'deliveries',
          Key,
          UpdateExpression: 'REMOVE #event',
          ExpressionAttributeNames: { '#event': 'event' },
        }),
      );
    }
    const id = await bed.start({ webhook: bed.webhook() });
    await bed.runMachine(id);
    expect(await bed.show(id)).toMatchObject({ looked: 3, queued: 2, skipped: 1 });
  });

  it('leaves out what was deleted or switched off meanwhile', async () => {
    const second = await bed.newWebhook();
    await bed.many(3);
    await bed.many(3, { webhook: second });
    const id = await bed.start();
    await bed.api.call(`DELETE /webhooks/${bed.webhook()}`);
    await bed.runMachine(id);
    expect((await bed.queued()).map(({ endpointId }) => endpointId)).toEqual([second, second, second]);
    expect(await bed.show(id)).toMatchObject({ status: 'done', queued: 3 });
  });

  it('goes on in a new execution before the history of one is full', async () => {
    await bed.many(12);
    const slow = {
      accountId: bed.accountId(),
      jobId: await bed.start({ webhook: bed.webhook() }),
      machine: REPLAY_MACHINE,
      slices: 999,
      execution: 4,
    };
    await bed.api.call(`PATCH /webhooks/${bed.webhook()}`, { body: { rate: { per_second: 0.5 } } });
    expect(await bed.handler(slow)).toMatchObject({ done: true });
    const { executions = [] } = await makeStepFunctionsClient().send(
      new ListExecutionsCommand({ stateMachineArn: REPLAY_MACHINE }),
    );
    expect(executions.map(({ name }) => name)).toContain(`${slow.jobId}-5`);
    expect(await bed.show(slow.jobId)).toMatchObject({ status: 'running', queued: 10 });
  });

  it('is failed when the machine gives up', async () => {
    const id = await bed.start({ webhook: bed.webhook() });
    await bed.handler({
      accountId: bed.accountId(),
      jobId: id,
      machine: REPLAY_MACHINE,
      slices: 1,
      execution: 0,
      giveUp: true,
    });
    expect(await bed.show(id)).toMatchObject({ status: 'failed', error: expect.any(String) as string });
  });
});
