import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bucket, makeTokenBuckets } from '#core/adapters/dynamodb/token-bucket.ts';
import type { Clock } from '#core/domain/clock.ts';
import { type Dynamo, startDynamo } from '../../../../local/dynamodb/dynoxide-process.ts';

const START = Date.UTC(2026, 10, 20);
let process: Dynamo;
let dynamo: DynamoDBDocumentClient;
let writes = 0;
let buckets = 0;

beforeAll(async () => {
  process = await startDynamo({});
  const client = new DynamoDBClient({
    endpoint: process.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  });
  dynamo = DynamoDBDocumentClient.from(client);
  await dynamo.send(
    new CreateTableCommand({
      TableName: 'limits',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'limit', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'limit', AttributeType: 'S' }],
    }),
  );
}, 60_000);
afterAll(async () => {
  dynamo.destroy();
  await process.close();
});

/** A clock that the test sets; each process may have one that is wrong. */
const clockAt = (time: { nowMs: number }, skewMs = 0): Clock => ({
  now: () => time.nowMs + skewMs,
  monotonic: () => time.nowMs,
  after: () => () => undefined,
});
const counting = (): DynamoDBDocumentClient =>
  ({
    send: (command: Parameters<DynamoDBDocumentClient['send']>[0]) => {
      writes += 1;
      return dynamo.send(command);
    },
  }) as DynamoDBDocumentClient;
const makeProcess = (time: { nowMs: number }, skewMs?: number) =>
  makeTokenBuckets({ dynamo: counting(), tableName: 'limits', clock: clockAt(time, skewMs) });
const newBucket = (perSecond: number, burst: number): Bucket => {
  buckets += 1;
  return { key: `test#${buckets}`, perSecond, burst };
};

describe('makeTokenBuckets', () => {
  it('admits the burst and no more to 64 callers at once, and says when the next may come', async () => {
    const time = { nowMs: START };
    const bucket = newBucket(10, 20);
    writes = 0;
    const taken = await Promise.all(Array.from({ length: 64 }, () => makeProcess(time).take(bucket)));
    expect(taken.filter(({ admitted }) => admitted)).toHaveLength(20);
    for (const one of taken) if (!one.admitted) expect(one.retryAfterMs).toBe(100);
    expect(writes).toBeLessThanOrEqual(64 * 3);
  });
  it('admits burst + rate × time over a long time, with every token used', async () => {
    const time = { nowMs: START };
    const bucket = newBucket(10, 20);
    const processes = Array.from({ length: 8 }, () => makeProcess(time));
    let admitted = 0;
    for (let tick = 0; tick < 100; tick++) {
      for (const one of await Promise.all(processes.map((process) => process.take(bucket))))
        if (one.admitted) admitted++;
      time.nowMs += 100;
    }
    expect(admitted).toBeLessThanOrEqual(20 + 10 * 10);
    expect(admitted).toBeGreaterThanOrEqual(0.98 * (20 + 10 * 9.9));
  });
  it('lets more through by the skew of clocks times the rate at most', async () => {
    const time = { nowMs: START };
    const bucket = newBucket(10, 20);
    const processes = [-200, -100, 0, 100, 200].map((skewMs) => makeProcess(time, skewMs));
    let admitted = 0;
    for (let tick = 0; tick < 50; tick++) {
      for (const one of processes) if ((await one.take(bucket)).admitted) admitted++;
      time.nowMs += 100;
    }
    expect(admitted).toBeLessThanOrEqual(20 + 10 * 5 + 10 * 0.4);
  });
  it('heals a bucket that a clock an hour ahead has poisoned', async () => {
    const time = { nowMs: START };
    const bucket = newBucket(10, 20);
    await dynamo.send(new PutCommand({ TableName: 'limits', Item: { limit: bucket.key, tat: START + 3600_000 } }));
    expect(await makeProcess(time).take(bucket)).toMatchObject({ admitted: true, remaining: 19 });
  });
  it('refuses without a write what it knows to be refused', async () => {
    const time = { nowMs: START };
    const bucket = newBucket(1, 2);
    const process = makeProcess(time);
    await process.take(bucket, 2);
    await process.take(bucket);
    writes = 0;
    for (let one = 0; one < 10; one++) expect((await process.take(bucket)).admitted).toBe(false);
    expect(writes).toBe(0);
    time.nowMs += 1000;
    expect((await process.take(bucket)).admitted).toBe(true);
  });
  it('takes what there is when not all of it is there', async () => {
    const time = { nowMs: START };
    const bucket = newBucket(10, 20);
    const process = makeProcess(time);
    expect((await process.take(bucket, 15)).admitted).toBe(true);
    expect(await process.takeUpTo(bucket, 10)).toEqual({ tokens: 5, retryAfterMs: 0 });
    expect(await process.takeUpTo(bucket, 10)).toMatchObject({ tokens: 0 });
    await expect(process.take(bucket, 21)).rejects.toThrow(RangeError);
  });
  it('leaves a row that expires after the bucket is full', async () => {
    const bucket = newBucket(1, 1);
    await makeProcess({ nowMs: START }).take(bucket);
    const { Item } = await dynamo.send(new GetCommand({ TableName: 'limits', Key: { limit: bucket.key } }));
    expect(Item).toEqual({ limit: bucket.key, tat: START + 1000, expiresAt: START / 1000 + 1 + 3600 });
  });
  it('does as a bucket on paper does, for any sequence of takes and waits', async () => {
    const step = fc.record({ waitMs: fc.nat(400), tokens: fc.integer({ min: 1, max: 5 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.integer({ min: 1, max: 20 }), async (steps, perSecond) => {
        const time = { nowMs: START };
        const bucket = newBucket(perSecond, 5);
        const processes = [makeProcess(time), makeProcess(time)];
        let level = 5;
        for (const [index, { tokens, waitMs }] of steps.entries()) {
          time.nowMs += waitMs;
          level = Math.min(5, level + (waitMs * perSecond) / 1000);
          const taken = await processes[index % 2]!.take(bucket, tokens);
          // A level that is a whole number but for rounding may go either way.
          if (Math.abs(level - tokens) > 1e-6) expect(taken.admitted).toBe(level >= tokens);
          if (taken.admitted) level -= tokens;
        }
      }),
      { numRuns: 25 },
    );
  }, 60_000);
});
