import { DatabaseSync } from 'node:sqlite';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { failedIds } from '../../../local/event-sources/batch-response.ts';
import { HeldMessages } from '../../../local/event-sources/held-messages.ts';
import { splitBatch } from '../../../local/event-sources/sqs-event.ts';
import { type EventSourceMapping, SqsEventSource } from '../../../local/event-sources/sqs-event-source.ts';
import type { InvocationResult } from '../../../local/lambda/function-definition.ts';
import { SqsService } from '../../../local/sqs/sqs-service.ts';

let clock: VirtualClock;
let sqs: SqsService;
let source: SqsEventSource;
let held: HeldMessages;
let seen: SQSRecord[][];
let handle: (records: SQSRecord[]) => Promise<InvocationResult>;

const success: InvocationResult = { ok: true, payload: 'null' };
const failing = (...ids: string[]): InvocationResult => ({
  ok: true,
  payload: JSON.stringify({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) }),
});

function start(queueName: string, properties: Record<string, unknown>, more: Partial<EventSourceMapping> = {}): void {
  sqs.ensureQueues([{ name: queueName, properties: { VisibilityTimeout: 30, ...properties } }]);
  const mapping: EventSourceMapping = {
    queueName,
    queueArn: sqs.queueArn(queueName),
    region: 'us-east-1',
    functionName: 'deliver',
    batchSize: 10,
    batchingWindowMs: 0,
    reportsFailures: true,
    maxConcurrency: 2,
    visibilityTimeoutMs: 30_000,
    ...more,
  };
  source = new SqsEventSource({
    mapping,
    queue: sqs,
    held,
    clock,
    log: () => {},
    invoke: async (_name, event) => {
      const { Records } = JSON.parse(event) as SQSEvent;
      seen.push(Records);
      return handle(Records);
    },
  });
  source.start();
}

const send = (queue: string, body: string): void => {
  const fifo = queue.endsWith('.fifo');
  sqs.send(queue, { body, senderId: 'TEST', ...(fifo && { groupId: 'chat', deduplicationId: body }) });
};
const deleted = (count: number): Promise<void> =>
  new Promise((resolve) => {
    let left = count;
    const stop = sqs.on((event) => {
      if (event.type !== 'deleted' || --left > 0) return;
      stop();
      resolve();
    });
  });
const turn = () => new Promise((resolve) => setImmediate(resolve));
const bodies = () => seen.flat().map(({ body }) => body);

beforeEach(() => {
  clock = new VirtualClock(Date.parse('2026-11-20T12:00:00Z'));
  sqs = new SqsService({ clock, database: new DatabaseSync(':memory:'), endpoint: () => 'http://127.0.0.1:1' });
  held = new HeldMessages(new DatabaseSync(':memory:'));
  seen = [];
  handle = async () => success;
});
afterEach(async () => {
  await source.stop();
  sqs.close();
});

describe('SqsEventSource', () => {
  it("gives the function records of AWS's shape and deletes what succeeded", async () => {
    start('bulk', {});
    const done = deleted(1);
    send('bulk', '{"text":"🕊"}');
    await done;
    expect(seen[0]?.[0]).toMatchObject({
      body: '{"text":"🕊"}',
      attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(clock.now()) },
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:bulk',
      awsRegion: 'us-east-1',
      md5OfBody: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
    });
    expect(sqs.depth('bulk')).toMatchObject({ visible: 0, inFlight: 0 });
  });

  it('gives what the function reported as failed again after its visibility timeout, in order', async () => {
    handle = async (records) =>
      failing(...(seen.length === 1 ? records.slice(1).map((record) => record.messageId) : []));
    sqs.ensureQueues([{ name: 'events.fifo', properties: { FifoQueue: true } }]);
    for (const body of ['1', '2', '3']) send('events.fifo', body);
    const one = deleted(1);
    start('events.fifo', { FifoQueue: true }, { maxConcurrency: 1 });
    await one;
    expect(bodies()).toEqual(['1', '2', '3']);
    await turn();
    await clock.advance(29_000);
    expect(seen).toHaveLength(1);
    const rest = deleted(2);
    await clock.advance(1000);
    await rest;
    expect(bodies()).toEqual(['1', '2', '3', '2', '3']);
  });

  it.each<[string, () => Promise<InvocationResult>]>([
    ['fails', async () => ({ ok: false, error: { errorType: 'E', errorMessage: 'm' } })],
    [
      'can not be invoked',
      async () => {
        throw new Error('throttled');
      },
    ],
  ])('dead-letters a message whose function %s each time', async (_name, outcome) => {
    handle = outcome;
    sqs.ensureQueues([{ name: 'dead', properties: {} }]);
    const RedrivePolicy = { deadLetterTargetArn: sqs.queueArn('dead'), maxReceiveCount: 2 };
    start('bulk', { RedrivePolicy }, { maxConcurrency: 1 });
    const dead = sqs.next((event) => event.type === 'deadLettered');
    send('bulk', 'poison');
    for (let second = 0; second < 60; second++) await clock.advance(1000);
    expect(await dead).toMatchObject({ queue: 'bulk', to: 'dead' });
    expect(bodies()).toEqual(['poison', 'poison']);
  });

  it('never has two batches of one group in hand', async () => {
    const gates: (() => void)[] = [];
    handle = () => new Promise((resolve) => gates.push(() => resolve(success)));
    start('events.fifo', { FifoQueue: true }, { maxConcurrency: 5 });
    for (let index = 0; index < 12; index++) send('events.fifo', String(index));
    const done = deleted(12);
    for (let round = 0; gates.length < 1 && round < 100; round++) await turn();
    expect(gates).toHaveLength(1);
    handle = async () => success;
    gates[0]?.();
    await done;
    expect(bodies()).toEqual(Array.from({ length: 12 }, (_, index) => String(index)));
  });
});

describe('failedIds', () => {
  const ids = ['a', 'b'];
  it.each([
    ['null', []],
    ['{}', []],
    ['""', []],
    ['{"batchItemFailures":[]}', []],
    ['{"batchItemFailures":null}', []],
    ['{"batchItemFailures":[{"itemIdentifier":"b"}]}', ['b']],
    ['{"batchItemFailures":[{"itemIdentifier":""}]}', ids],
    ['{"batchItemFailures":[{"itemIdentifier":"unknown"}]}', ids],
    ['{"batchItemFailures":[{"id":"a"}]}', ids],
    ['"text"', ids],
  ])('reads %s', (payload, expected) => {
    expect([...failedIds(payload, ids)]).toEqual(expected);
  });
});

describe('splitBatch', () => {
  const record = (body: string) => ({ body }) as SQSRecord;

  it('keeps each event within the limit and the order as it is', () => {
    const records = ['a', 'b', 'c', 'd'].map((letter) => record(letter.repeat(40)));
    const batches = splitBatch(records, 130);
    expect(batches.map((batch) => batch.map(({ body }) => body[0]))).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    for (const Records of batches) expect(JSON.stringify({ Records }).length).toBeLessThanOrEqual(130);
  });
});

describe('HeldMessages', () => {
  it('gives back what a killed runner had in hand, at once and not after the visibility timeout', async () => {
    let killed: (result: InvocationResult) => void = () => undefined;
    handle = () =>
      new Promise((resolve) => {
        killed = resolve;
        handle = async () => success;
      });
    start('work', {});
    send('work', 'half done');
    while (seen.length === 0) await turn();
    expect(sqs.depth('work')).toMatchObject({ visible: 0, inFlight: 1 });
    held.recover(
      ({ queue, receiptHandle }) => sqs.changeVisibility(queue, receiptHandle, 0),
      (error) => {
        throw error;
      },
    );
    while (seen.length === 1) await turn();
    expect(bodies()).toEqual(['half done', 'half done']);
    killed(failing('never heard'));
  });
});
