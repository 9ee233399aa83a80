import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type AttributeValue, DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventDelivery } from '#core/contracts/event.ts';
import { SessionRowSchema } from '#core/contracts/rows/session-row.ts';
import { eventIdOf } from '#core/domain/event-id.ts';
import { StanzaIdSchema } from '#core/domain/ids.ts';
import { formatWamid } from '#core/domain/wamid.ts';
import { VirtualClock } from '../../local/clock/virtual-clock.ts';
import { OPERATOR_ACCESS_KEY } from '../../local/iam/iam.ts';
import { Operator } from '../../local/operator.ts';
import { prepareAssembly } from '../../local/prepare-assembly.ts';
import { type Runner, startRunner } from '../../local/runner.ts';
import { type ClientOf, interrogate, operatorClient } from '../support/interrogate.ts';
import { WallClockTraces } from '../support/wall-clock-traces.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Far from the machine's date, and so that midnight lies in the six hours. */
const START_MS = Date.parse('2031-03-08T19:59:30Z');
/** When the objects were uploaded that the walk sees expire. */
const UPLOAD_MS = START_MS - 7 * DAY;
/** Of this process and its workers. About 20 s on an idle machine; beside others that share its caches a second of CPU does less. */
const SIX_HOURS_WITHIN_CPU_MS = 120_000;
/** The receiver takes the first event only after that. */
const REFUSED_FOR_MS = 4 * HOUR;
/** Between two attempts, seconds, up to a fifth more or less (webhooks.md 3.2). */
const STEPS_S = [5, 30, 120, 600, 1800, 3600, 10_800];
const JITTER = 0.2;

let folder: string;
let clock: VirtualClock;
let runner: Runner;
let traces: WallClockTraces;
let receiver: Server;
/** What happened when, virtual milliseconds since the start. */
const moments: { readonly what: string; readonly afterMs: number }[] = [];
const webhooks: { readonly atMs: number; readonly timestamp: number; readonly id: string }[] = [];
let cpuMs = 0;

const happened = (what: string): void => void moments.push({ what, afterMs: clock.now() - START_MS });
const timesOf = (what: string): number[] =>
  moments.filter((moment) => moment.what === what).map(({ afterMs }) => afterMs);

const client = <T>(Client: ClientOf<T>): T => operatorClient(runner, clock, Client);

async function start(): Promise<void> {
  runner = await startRunner({
    cdkOut: path.join(folder, 'cdk.out'),
    dataFolder: path.join(folder, 'data'),
    apiPort: 0,
    clock,
    log: (line) => traces.note(`log of ${line.part}`, line),
    onOutput: (line) => traces.note(line.includes('"_aws"') ? 'metrics' : 'output', line),
    whatsapp: 'live',
  });
  runner.on(({ source, event }) => {
    if (source === 'sqs') happened(`${event.type} ${event.queue}`);
    if (source === 'states') happened(event.type);
    if (source === 'alarms') happened(`${event.alarm.properties.AlarmDescription?.split('#').at(-1)}: ${event.to}`);
    traces.note(`event of ${source}`, event);
  });
}

/** The stack as it is deployed, without connectors: they would have to hold a line to WhatsApp, which has its own time. */
async function synthesize(): Promise<void> {
  const outdir = path.join(folder, 'cdk.out');
  const config = { privateTargets: ['127.0.0.0/8'], failureEmail: 'ops@example.com' };
  await prepareAssembly({ outdir, config, onWork: () => {} });
  const file = path.join(outdir, 'Pombo.template.json');
  const template = JSON.parse(readFileSync(file, 'utf8')) as {
    Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
  };
  for (const { Type, Properties } of Object.values(template.Resources))
    if (Type === 'AWS::ECS::Service') Properties.DesiredCount = 0;
  writeFileSync(file, JSON.stringify(template));
}

async function startReceiver(): Promise<Server> {
  const server = createServer((request, response) => {
    webhooks.push({
      atMs: clock.now(),
      timestamp: Number(request.headers['webhook-timestamp']),
      id: String(request.headers['webhook-id']),
    });
    const refused = webhooks.at(-1)?.id === webhooks[0]?.id && clock.now() < START_MS + REFUSED_FOR_MS;
    response.writeHead(refused ? 503 : 200).end();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return server;
}
const portOf = (server: Server): number => (server.address() as AddressInfo).port;

const bucketName = (): string => runner.model.all('AWS::S3::Bucket')[0]?.name ?? '';
const tableName = (id: string): string =>
  runner.model.all('AWS::DynamoDB::GlobalTable').find(({ logicalId }) => logicalId.startsWith(`Data${id}`))?.name ?? '';
const queueName = (id: string): string =>
  runner.model.all('AWS::SQS::Queue').find(({ logicalId }) => logicalId.startsWith(id))?.name ?? '';

const keys = async (): Promise<(string | undefined)[]> =>
  ((await client(S3Client).send(new ListObjectsV2Command({ Bucket: bucketName() }))).Contents ?? []).map(
    ({ Key }) => Key,
  );
const rows = async (id: string): Promise<Record<string, AttributeValue>[]> =>
  (await client(DynamoDBClient).send(new ScanCommand({ TableName: tableName(id) }))).Items ?? [];

async function call(apiKey: string, route: string, body: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(runner.apiUrl + route, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBeLessThan(300);
  return (await response.json()) as Record<string, unknown>;
}

/** A webhook and a session; returns what a connector would publish of a text that comes in now. */
async function subscribe(): Promise<(text: string, from: string) => EventDelivery> {
  const operator = new Operator(runner, clock);
  const apiKey = await operator.ensureApiKey(undefined);
  operator.close();
  const { id } = await call(apiKey, '/webhooks', {
    url: `http://127.0.0.1:${portOf(receiver)}/`,
    events: ['messages', 'statuses'],
  });
  await call(apiKey, '/sessions', { id: '100200300', name: 'Loja' });
  const item = (await rows('Sessions'))[0] ?? {};
  const session = SessionRowSchema.pick({ accountId: true, sessionId: true, sessionUid: true }).parse({
    accountId: item['accountId']?.S,
    sessionId: item['sessionId']?.S,
    sessionUid: item['sessionUid']?.S,
  });
  return (body, from) => ({
    endpointId: id as EventDelivery['endpointId'],
    event: {
      ...session,
      version: 1,
      type: 'message',
      eventId: eventIdOf(session.sessionUid, body),
      displayPhoneNumber: '5511911112222',
      occurredAtMs: clock.now(),
      wamid: formatWamid({
        sessionUid: session.sessionUid,
        direction: 'in',
        stanzaId: StanzaIdSchema.parse(body),
      }),
      from,
      content: { type: 'text', text: { body } },
    },
  });
}

/** Seven days before: two objects, of which one outlives the walk. */
async function uploads(): Promise<void> {
  clock = new VirtualClock(UPLOAD_MS);
  await start();
  for (const Key of ['in/photo', 'up/photo'])
    await client(S3Client).send(new PutObjectCommand({ Bucket: bucketName(), Key, Body: 'bytes' }));
  await runner.stop();
}

async function walk(): Promise<void> {
  const event = await subscribe();
  const { sqs } = runner.emulators;
  const events = queueName('QueuesEventsQueue');
  const senderId = OPERATOR_ACCESS_KEY;
  const refused = event('refused', '5511987654321');
  const group = { groupId: 'chat', deduplicationId: 'one', senderId };
  sqs.send(events, { ...group, body: JSON.stringify(refused) });
  sqs.send(events, { groupId: 'poison', deduplicationId: 'two', body: 'no JSON', senderId });
  const later = event('later', '5511912345678');
  sqs.send(queueName('QueuesBulkQueue'), { body: JSON.stringify(later), delaySeconds: 900, senderId });
  await client(DynamoDBClient).send(
    new PutItemCommand({
      TableName: tableName('Answers'),
      Item: { questionId: { S: 'x' }, expiresAt: { N: String(START_MS / 1000 + 3600) } },
    }),
  );
  await runner.advance(59 * MINUTE);
  expect(await rows('Answers')).toHaveLength(1);
  await runner.advance(3 * MINUTE);
  expect(await rows('Answers')).toHaveLength(0);
  expect(await keys()).toEqual(['in/photo', 'up/photo']);
  await runner.advance(6 * HOUR - 62 * MINUTE);
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'pombo-time-'));
  await synthesize();
  receiver = await startReceiver();
  traces = new WallClockTraces(UPLOAD_MS, [portOf(receiver)]);
  await uploads();
  moments.length = 0;
  clock = new VirtualClock(START_MS);
  await start();
  const before = process.cpuUsage();
  await walk();
  const { user, system } = process.cpuUsage(before);
  cpuMs = (user + system) / 1000;
}, 240_000);

afterAll(async () => {
  traces.stop();
  await runner.stop();
  receiver.close();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

/** Who must have told a time, so that silence is not taken for the right one. */
const SPOKE = [
  'alarm history',
  'alarms',
  'answer',
  'event of alarms',
  'event of states',
  'executions',
  'history',
  'keys',
  'log of mail',
  'log of states',
  'messages',
  'metrics',
  'objects',
  'output',
  'queues',
  'request',
  'rows',
  'tables',
  'webhook',
];

describe('six hours on a virtual clock', () => {
  it('take seconds', () => {
    expect(clock.now()).toBe(START_MS + 6 * HOUR);
    expect(cpuMs).toBeLessThan(SIX_HOURS_WITHIN_CPU_MS);
  });

  it('bring a refused webhook again as the retry machine says, signed with the time of each attempt', async () => {
    const id = webhooks[0]?.id;
    const attempts = webhooks.filter((webhook) => webhook.id === id);
    const timesS = attempts.map(({ atMs }) => (atMs - START_MS) / SECOND);
    const lastS = timesS.at(-1) ?? 0;
    expect(timesS[0]).toBe(0);
    expect(timesS.filter((timeS) => timeS * SECOND >= REFUSED_FOR_MS)).toEqual([lastS]);
    for (const [index, timeS] of timesS.slice(1).entries()) {
      const stepS = STEPS_S[index] ?? 0;
      const gapS = timeS - (timesS[index] ?? 0);
      // A wait of Step Functions has whole seconds.
      expect(gapS).toBeGreaterThanOrEqual(stepS * (1 - JITTER));
      expect(gapS).toBeLessThanOrEqual(stepS * (1 + JITTER) + 1);
    }
    expect(attempts.map(({ timestamp }) => timestamp)).toEqual(attempts.map(({ atMs }) => Math.floor(atMs / SECOND)));
    expect([timesOf('executionStarted'), timesOf('executionEnded')]).toEqual([[0], [lastS * SECOND]]);
    const found = (await rows('Deliveries')).find((row) => row['eventId']?.S === id);
    expect([found?.['status']?.S, found?.['attempts']?.N]).toEqual(['delivered', String(attempts.length)]);
    const writtenMs = Number(found?.['updatedAtMs']?.N);
    expect((writtenMs - START_MS) / SECOND).toBe(lastS);
    expect(Number(found?.['expiresAt']?.N)).toBe(Math.floor(writtenMs / SECOND) + (30 * DAY) / SECOND);
  });

  it('put a message that nobody can read into the dead-letter queue at once, and an alarm says so', () => {
    // With the message that the receiver refused: neither comes again.
    expect(timesOf(`received ${queueName('QueuesEventsQueue')}`)).toEqual([0, 0]);
    expect(timesOf(`sent ${queueName('QueuesEventsDeadLetters')}`)).toEqual([0]);
    const [rangMs = 0] = timesOf('events-dead-letters: ALARM');
    // A minute is evaluated when it is over, and a depth is measured once a minute.
    expect(rangMs / MINUTE).toBeGreaterThan(0);
    expect(rangMs / MINUTE).toBeLessThanOrEqual(2);
  });

  it('show a delayed message when its delay is over', () => {
    const bulk = queueName('QueuesBulkQueue');
    expect(timesOf(`received ${bulk}`)).toEqual([900 * SECOND]);
    const [, later] = [...new Set(webhooks.map(({ id }) => id))];
    expect(webhooks.filter(({ id }) => id === later).map(({ atMs }) => atMs - START_MS)).toEqual([900 * SECOND]);
  });

  it('end an object by its lifecycle at midnight, and only that', async () => {
    expect(await keys()).toEqual(['up/photo']);
  });

  it('are told by no part with the time of this machine', async () => {
    await interrogate(runner, clock, traces);
    expect(traces.findings).toEqual([]);
    expect(traces.sources).toEqual(SPOKE);
  });
});
