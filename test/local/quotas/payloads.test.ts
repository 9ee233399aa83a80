import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { PublishBatchCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AwsServer, type AwsService, startAwsServer } from '../../../local/aws/aws-server.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { HttpApi } from '../../../local/http-api/http-api.ts';
import { RouteTable } from '../../../local/http-api/route-table.ts';
import { LambdaHost } from '../../../local/lambda/lambda-host.ts';
import { SnsService } from '../../../local/sns/sns-service.ts';
import { SqsService } from '../../../local/sqs/sqs-service.ts';
import { machineArn, one, pass, StatesBench, task } from '../states/states-bench.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const TOPIC = 'arn:aws:sns:us-east-1:000000000000:topic';
const CLIENT = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
  maxAttempts: 1,
};

const text = (bytes: number): string => 'x'.repeat(bytes);
/** A JSON text that is `bytes` long. */
const json = (bytes: number): string => JSON.stringify(text(bytes - 2));

let folder: string;
let lambda: LambdaHost;
let bench: StatesBench;
let server: AwsServer;
let api: HttpApi;
let clients: { lambda: LambdaClient; sqs: SQSClient; sns: SNSClient; states: SFNClient };
let queueUrl: string;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  const clock = new VirtualClock(Date.parse('2026-11-20T12:00:00Z'));
  folder = mkdtempSync(path.join(tmpdir(), 'pombo-payloads-'));
  writeFileSync(
    path.join(folder, 'index.mjs'),
    "export const answers = async ({ bytes = 2 }) => 'x'.repeat(bytes - 2);",
  );
  lambda = new LambdaHost({ clock, database: new DatabaseSync(':memory:'), log: () => {} });
  lambda.define(
    {
      name: 'answers',
      arn: 'arn:aws:lambda:us-east-1:000000000000:function:answers',
      folder,
      handler: 'index.answers',
      environment: {},
      memoryMb: 512,
      timeoutMs: 3000,
      reservedConcurrency: undefined,
    },
    'answers',
  );
  const sqs = new SqsService({ clock, database: new DatabaseSync(':memory:'), endpoint: () => server.endpoint });
  sqs.ensureQueues([{ name: 'queue', properties: {} }]);
  const sns = new SnsService({
    clock,
    database: new DatabaseSync(':memory:'),
    ways: { toQueue: () => {}, toFunction: async () => {}, toMailbox: () => {} },
  });
  sns.createTopic('topic', {});
  bench = new StatesBench();
  bench.define(one(pass({ Output: {} })));
  const services = new Map<string, AwsService>(Object.entries({ lambda, sqs, sns, states: bench.states }));
  server = await startAwsServer({ services, onDefect: () => {} });
  queueUrl = `${server.endpoint}/000000000000/queue`;
  const config = { ...CLIENT, endpoint: server.endpoint };
  clients = {
    lambda: new LambdaClient(config),
    sqs: new SQSClient(config),
    sns: new SNSClient(config),
    states: new SFNClient(config),
  };
  api = await HttpApi.listen(0, { clock, log: () => {}, invoke: (name, event) => lambda.invoke(name, event) });
  api.configure({
    apiId: 'abc1234567',
    accountId: '000000000000',
    routes: new RouteTable([{ routeKey: '$default', target: { functionName: 'answers', timeoutMs: 30_000 } }]),
    cors: undefined,
    throttling: undefined,
  });
  closing.push(
    ...Object.values(clients).map((client) => () => client.destroy()),
    () => api.close(),
    () => server.close(),
    () => lambda.close(),
    () => sns.close(),
    () => sqs.close(),
    () => rmSync(folder, { recursive: true }),
  );
});
afterAll(async () => {
  for (const close of closing) await close();
});

interface Quota {
  readonly limit: number;
  /** Sends that many bytes. */
  readonly send: (bytes: number) => Promise<unknown>;
  readonly name: string;
  readonly message: string;
}

const invoke = (InvocationType: 'Event' | 'RequestResponse') => (bytes: number) =>
  clients.lambda.send(new InvokeCommand({ FunctionName: 'answers', InvocationType, Payload: json(bytes) }));
const halves = (bytes: number): readonly [string, string] => [text(Math.ceil(bytes / 2)), text(Math.floor(bytes / 2))];

const QUOTAS: Readonly<Record<string, Quota>> = {
  "Lambda's synchronous request": {
    limit: 6 * MIB,
    send: invoke('RequestResponse'),
    name: 'RequestTooLargeException',
    message: 'Request must be smaller than 6291456 bytes for the InvokeFunction operation',
  },
  "Lambda's asynchronous request": {
    limit: MIB,
    send: invoke('Event'),
    name: 'RequestTooLargeException',
    message: '1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)',
  },
  'a message of SQS': {
    limit: MIB,
    send: (bytes) => clients.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: text(bytes) })),
    name: 'InvalidParameterValue',
    message: 'One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.',
  },
  'a batch of SQS': {
    limit: MIB,
    send: (bytes) => {
      const Entries = halves(bytes).map((MessageBody, index) => ({ Id: String(index), MessageBody }));
      return clients.sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    },
    name: 'BatchRequestTooLong',
    message: 'Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.',
  },
  'a message of SNS': {
    limit: 256 * KIB,
    send: (bytes) => clients.sns.send(new PublishCommand({ TopicArn: TOPIC, Message: text(bytes) })),
    name: 'InvalidParameterException',
    message: 'Invalid parameter: Message too long',
  },
  'a batch of SNS': {
    limit: 256 * KIB,
    send: (bytes) => {
      const PublishBatchRequestEntries = halves(bytes).map((Message, index) => ({ Id: String(index), Message }));
      return clients.sns.send(new PublishBatchCommand({ TopicArn: TOPIC, PublishBatchRequestEntries }));
    },
    name: 'BatchRequestTooLongException',
    message: 'The length of all the batch messages put together is more than the limit.',
  },
  "an execution's input": {
    limit: 256 * KIB,
    send: (bytes) =>
      clients.states.send(new StartExecutionCommand({ stateMachineArn: machineArn('m'), input: json(bytes) })),
    name: 'ValidationException',
    message:
      "1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to 262144",
  },
};

describe('payload quotas through the SDK', () => {
  it.each(Object.entries(QUOTAS))('hold for %s', async (_what, { limit, send, name, message }) => {
    await send(limit);
    await expect(send(limit + 1)).rejects.toMatchObject({ name, message });
  });

  it("holds for Lambda's response", async () => {
    const answered = async (bytes: number) => {
      const Payload = JSON.stringify({ bytes });
      const result = await clients.lambda.send(new InvokeCommand({ FunctionName: 'answers', Payload }));
      return result.FunctionError === undefined
        ? result.Payload?.length
        : (JSON.parse(result.Payload?.transformToString() ?? '') as object);
    };
    expect(await answered(6 * MIB + 100)).toBe(6 * MIB + 100);
    expect(await answered(6 * MIB + 101)).toMatchObject({
      errorType: 'Function.ResponseSizeTooLarge',
      errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
    });
  });

  it('holds for the result of a task', async () => {
    const machine = one(task({ Arguments: {} }));
    const states = new StatesBench();
    states.tasks.answer = () => Promise.resolve(text(256 * KIB - 2));
    expect((await states.run(machine)).status).toBe('SUCCEEDED');
    const over = new StatesBench();
    over.tasks.answer = () => Promise.resolve(text(256 * KIB - 1));
    expect(await over.run(machine)).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });
});

describe('payload quotas of the HTTP API', () => {
  const post = async (bytes: number): Promise<readonly [number, string]> => {
    const response = await fetch(api.url, { method: 'POST', body: text(bytes) });
    return [response.status, await response.text()];
  };
  const refused = [413, '{"message":"Request Entity Too Large"}'];

  it('are 10 MB for a request, of which a function can take less than 6 MB', async () => {
    expect((await post(5 * MIB))[0]).toBe(200);
    expect(await post(10 * MIB)).toEqual(refused);
    expect(await post(10 * MIB + 1)).toEqual(refused);
  });
});
