import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { SQSEvent } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AwsServer, startAwsServer } from '../../../local/aws/aws-server.ts';
import { AwsError } from '../../../local/aws/json-protocol.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { HeldMessages } from '../../../local/event-sources/held-messages.ts';
import { SqsEventSource } from '../../../local/event-sources/sqs-event-source.ts';
import { AccountConcurrency, ThrottledError } from '../../../local/lambda/account-concurrency.ts';
import { AsyncInvocations } from '../../../local/lambda/async-invocations.ts';
import type { FunctionDefinition, InvocationResult } from '../../../local/lambda/function-definition.ts';
import { LambdaHost } from '../../../local/lambda/lambda-host.ts';
import { SqsService } from '../../../local/sqs/sqs-service.ts';

const START_MS = Date.parse('2026-11-20T12:00:00Z');
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('AccountConcurrency', () => {
  it('throttles what is one too many, until an invocation ends', () => {
    const account = new AccountConcurrency(2);
    const ended = account.take('a');
    account.take('b');
    expect(() => account.take('c')).toThrow(new ThrottledError('ConcurrentInvocationLimitExceeded'));
    ended();
    account.take('c');
  });

  it('keeps a reservation apart from the others, both ways', () => {
    const account = new AccountConcurrency(101);
    account.reserve('own', 1);
    expect(account.unreserved).toBe(100);
    account.take('own');
    expect(() => account.take('own')).toThrow(
      expect.objectContaining({ reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' }) as Error,
    );
    for (let n = 0; n < 100; n++) account.take('other');
    expect(() => account.take('other')).toThrow(
      expect.objectContaining({ reason: 'ConcurrentInvocationLimitExceeded' }) as Error,
    );
  });

  it.each([
    [1000, 901, 100],
    [10, 1, 10],
  ])(
    'leaves at least what AWS keeps for functions without a reservation (account %i, reserved %i)',
    (limit, reserved, least) => {
      expect(() => new AccountConcurrency(limit).reserve('own', reserved)).toThrow(
        `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${least}].`,
      );
      new AccountConcurrency(1000).reserve('own', 900);
    },
  );

  it('lets a reservation of zero switch a function off', () => {
    const account = new AccountConcurrency(10);
    account.reserve('off', 0);
    expect(() => account.take('off')).toThrow(ThrottledError);
  });
});

describe('Invoke at the concurrency', () => {
  let folder: string;
  let host: LambdaHost;
  let server: AwsServer;
  let client: LambdaClient;

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'pombo-concurrency-'));
    writeFileSync(path.join(folder, 'index.mjs'), 'export const waits = () => new Promise(() => {});');
    host = new LambdaHost({
      clock: new VirtualClock(START_MS),
      database: new DatabaseSync(':memory:'),
      log: () => {},
      accountConcurrency: 102,
    });
    server = await startAwsServer({ services: new Map([['lambda', host]]), onDefect: () => {} });
    client = new LambdaClient({
      endpoint: server.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    });
  });
  afterEach(async () => {
    client.destroy();
    await server.close();
    await host.close();
    rmSync(folder, { recursive: true });
  });

  const define = (name: string, reservedConcurrency: number | undefined): void => {
    const definition: FunctionDefinition = {
      name,
      arn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
      folder,
      handler: 'index.waits',
      environment: {},
      memoryMb: 128,
      timeoutMs: 3000,
      reservedConcurrency,
    };
    host.define(definition, name);
  };

  it.each([
    ['own', 2, 2, 'ReservedFunctionConcurrentInvocationLimitExceeded'],
    ['other', undefined, 102, 'ConcurrentInvocationLimitExceeded'],
  ])('answers 429 with its reason through the SDK (%s)', async (name, reserved, limit, Reason) => {
    define(name, reserved);
    for (let n = 0; n < limit; n++) void host.invoke(name, '{}');
    await expect(client.send(new InvokeCommand({ FunctionName: name }))).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      message: 'Rate Exceeded.',
      Reason,
      Type: 'User',
      $metadata: { httpStatusCode: 429 },
    });
  });
});

describe('AsyncInvocations of a throttled function', () => {
  const HOUR_MS = 3_600_000;
  let clock: VirtualClock;
  let attempts: number[];
  let givenUp: string[];

  function accept(run: (attempt: number) => Promise<InvocationResult>): AsyncInvocations {
    clock = new VirtualClock(START_MS);
    attempts = [];
    givenUp = [];
    const queue = new AsyncInvocations({
      clock,
      database: new DatabaseSync(':memory:'),
      run: () => run(attempts.push((clock.now() - START_MS) / 1000)),
      onGivenUp: (name) => givenUp.push(name),
    });
    queue.accept('busy', '{}');
    return queue;
  }
  const throttled = async (): Promise<never> => {
    throw new ThrottledError('ConcurrentInvocationLimitExceeded');
  };

  it('come again from one second to five minutes later, for six hours', async () => {
    const queue = accept(throttled);
    await clock.advance(7 * HOUR_MS, turn);
    expect(attempts.slice(0, 11)).toEqual([0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 811]);
    expect(attempts.at(-1)).toBeGreaterThan(6 * 3600 - 301);
    expect(attempts.at(-1)).toBeLessThanOrEqual(6 * 3600);
    expect(givenUp).toEqual(['busy']);
    queue.close();
  });

  it('still have their two retries after a fault', async () => {
    const fault: InvocationResult = { ok: false, error: { errorType: 'E', errorMessage: 'm' } };
    const queue = accept(async (attempt) => (attempt <= 2 ? throttled() : fault));
    await clock.advance(HOUR_MS, turn);
    expect(attempts).toEqual([0, 1, 3, 63, 183]);
    expect(givenUp).toEqual(['busy']);
    queue.close();
  });
});

describe('SqsEventSource of a throttled function', () => {
  let clock: VirtualClock;
  let sqs: SqsService;
  let source: SqsEventSource;
  let received: string[];
  let attempts: number[];
  let atOnce: number;
  let mostAtOnce: number;
  let invoke: () => Promise<InvocationResult>;

  beforeEach(() => {
    clock = new VirtualClock(START_MS);
    sqs = new SqsService({ clock, database: new DatabaseSync(':memory:'), endpoint: () => 'http://127.0.0.1:1' });
    sqs.ensureQueues([{ name: 'work', properties: { VisibilityTimeout: 30 } }]);
    [received, attempts, atOnce, mostAtOnce] = [[], [], 0, 0];
  });
  afterEach(async () => {
    await source.stop();
    sqs.close();
  });

  function start(maxConcurrency: number): void {
    source = new SqsEventSource({
      mapping: {
        queueName: 'work',
        queueArn: sqs.queueArn('work'),
        region: 'us-east-1',
        functionName: 'busy',
        batchSize: 1,
        batchingWindowMs: 0,
        reportsFailures: true,
        maxConcurrency,
        visibilityTimeoutMs: 30_000,
      },
      queue: sqs,
      held: new HeldMessages(new DatabaseSync(':memory:')),
      clock,
      log: () => {},
      async invoke(_name, event) {
        attempts.push((clock.now() - START_MS) / 1000);
        mostAtOnce = Math.max(mostAtOnce, ++atOnce);
        const { Records } = JSON.parse(event) as SQSEvent;
        received.push(...Records.map(({ attributes }) => attributes.ApproximateReceiveCount));
        return invoke().finally(() => (atOnce -= 1));
      },
    });
    source.start();
  }
  const throttled = async (): Promise<never> => {
    throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429);
  };

  it('tries a batch again until its messages are visible again, then counts one more receive', async () => {
    invoke = throttled;
    start(1);
    sqs.send('work', { body: 'a', senderId: 'TEST' });
    for (let second = 0; second < 31; second++) await clock.advance(1000, turn);
    expect(attempts.slice(0, 6)).toEqual([0, 1, 3, 7, 15, 30]);
    expect(received.slice(0, 6)).toEqual(['1', '1', '1', '1', '1', '2']);
  });

  it('delivers once when the function is free again, without another receive', async () => {
    invoke = throttled;
    start(1);
    sqs.send('work', { body: 'a', senderId: 'TEST' });
    for (let second = 0; second < 5; second++) await clock.advance(1000, turn);
    invoke = async () => ({ ok: true, payload: 'null' });
    for (let second = 0; second < 60; second++) await clock.advance(1000, turn);
    expect(attempts).toEqual([0, 1, 3, 7]);
    expect(sqs.depth('work')).toMatchObject({ visible: 0, inFlight: 0 });
  });

  it('never has more invocations at once than its maximum concurrency', async () => {
    const ends: (() => void)[] = [];
    invoke = () => new Promise((resolve) => ends.push(() => resolve({ ok: true, payload: 'null' })));
    start(2);
    for (let n = 0; n < 6; n++) sqs.send('work', { body: String(n), senderId: 'TEST' });
    for (let round = 0; round < 50; round++) await turn();
    expect(ends).toHaveLength(2);
    for (let n = 0; n < 6; n++) {
      ends.shift()?.();
      for (let round = 0; round < 10; round++) await turn();
    }
    expect([attempts.length, mostAtOnce]).toEqual([6, 2]);
  });
});
