import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { makeDeliveryLog } from '#core/adapters/dynamodb/delivery-log.ts';
import { makeEndpointRepository } from '#core/adapters/dynamodb/endpoint-repository.ts';
import { makeReplayJobRepository } from '#core/adapters/dynamodb/replay-job-repository.ts';
import { ReplaySchema } from '#core/contracts/api/replays.ts';
import { EventDeliverySchema } from '#core/contracts/event.ts';
import type { ReplayJobRow } from '#core/contracts/rows/replay-job-row.ts';
import { systemClock as clock } from '#core/domain/clock.ts';
import { AccountIdSchema, JobIdSchema } from '#core/domain/ids.ts';
import { makeQueueAgain } from '../../../functions/replay/queue-again.ts';
import type { SliceDependencies } from '../../../functions/replay/replay-slice.ts';
import { startApi } from './api-test-bed.ts';
import { REPLAY_MACHINE } from './aws-test-bed.ts';
import { deliver, type Told } from './delivered-events.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

type SliceHandler = (input: unknown) => Promise<{ readonly done: boolean; readonly waitSeconds: number }>;

/** The API, an account with one webhook, and the replay machine run by hand. */
export async function startReplayBed() {
  const api = await startApi();
  const handler: SliceHandler = (await import('../../../functions/replay/handler.ts')).handler;
  let account = '';
  let webhook = '';
  let nowMs = 0;

  const newWebhook = async (settings: object = {}): Promise<string> =>
    (await api.call('POST /webhooks', { body: { url: 'https://93.184.216.34/', ...settings } })).text('id');
  const tell = (told: Partial<Told> = {}) =>
    deliver(api.aws, { webhook, accountId: account, message: 1, atMs: nowMs - HOUR_MS, ...told });
  const dependencies: SliceDependencies = {
    jobs: makeReplayJobRepository({ dynamo: api.aws.documents, tableName: 'jobs', clock }),
    log: makeDeliveryLog({ dynamo: api.aws.documents, tableName: 'deliveries' }),
    endpoints: makeEndpointRepository({ dynamo: api.aws.documents, tableName: 'endpoints' }),
    queueAgain: makeQueueAgain({ sqs: api.aws.queues, eventsQueueUrl: api.aws.urls.events, clock }),
    clock,
  };

  return {
    api,
    handler,
    newWebhook,
    tell,
    dependencies,
    webhook: () => webhook,
    accountId: () => account,
    nowMs: () => nowMs,
    /** Goes on with a new account, a webhook of it and an empty queue. */
    async reset(): Promise<void> {
      await api.reset();
      await api.aws.take(api.aws.urls.events);
      nowMs = Date.now();
      webhook = await newWebhook();
      const { Items = [] } = await api.aws.documents.send(new ScanCommand({ TableName: 'endpoints' }));
      account = String(Items.find((item) => item['endpointId'] === webhook)?.['accountId']);
    },
    /** Deliveries of messages 0, 1, 2 …, a millisecond apart. */
    async many(count: number, told: Partial<Told> = {}) {
      const made = [];
      for (let message = 0; message < count; message++) {
        made.push(await tell({ message, atMs: nowMs - HOUR_MS + message, ...told }));
      }
      return made;
    },
    /** POST /replays. @returns the job's id */
    async start(body: object = {}): Promise<string> {
      const answer = await api.call('POST /replays', { body });
      expect([answer.status, answer.headers['location']]).toEqual([202, `/replays/${answer.text('id')}`]);
      return answer.text('id');
    },
    show: async (id: string) => ReplaySchema.parse((await api.call(`GET /replays/${id}`)).json),
    /** What the machine does, without its waits. @returns how long it would have waited, seconds */
    async runMachine(jobId: string): Promise<number[]> {
      const waits: number[] = [];
      let state: object = { accountId: account, jobId, machine: REPLAY_MACHINE, slices: 0, execution: 0 };
      for (;;) {
        const result = await handler(state);
        if (result.done) return waits;
        waits.push(result.waitSeconds);
        expect(waits.length).toBeLessThan(100);
        state = result;
      }
    },
    /** What waits for the deliver function. */
    queued: async () => (await api.aws.take(api.aws.urls.events)).map((message) => EventDeliverySchema.parse(message)),
    async jobOf(id: string): Promise<ReplayJobRow> {
      const key = { accountId: AccountIdSchema.parse(account), jobId: JobIdSchema.parse(id) };
      const row = await dependencies.jobs.get(key);
      if (!row) throw new Error(`there is no job ${id}`);
      return row;
    },
  };
}

export type ReplayBed = Awaited<ReturnType<typeof startReplayBed>>;
