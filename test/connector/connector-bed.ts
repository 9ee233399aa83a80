import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { DeleteCommand, DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Event, EventDelivery } from '#core/contracts/event.ts';
import type { OutboundCommand } from '#core/contracts/outbound-command.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import { systemClock } from '#core/domain/clock.ts';
import {
  AccountIdSchema,
  EndpointIdSchema,
  newSessionId,
  newSessionUid,
  newStanzaId,
  type StanzaId,
} from '#core/domain/ids.ts';
import { chatHashOf, shardOf } from '#core/domain/shard.ts';
import { formatWamid } from '#core/domain/wamid.ts';
import { Env, TableKeys } from '#core/resource-names.ts';
import { type AwsService, startAwsServer } from '../../local/aws/aws-server.ts';
import { createTables } from '../../local/dynamodb/create-tables.ts';
import { DynamoService } from '../../local/dynamodb/dynamo-service.ts';
import { startDynamo } from '../../local/dynamodb/dynoxide-process.ts';
import { SqsService } from '../../local/sqs/sqs-service.ts';
import { SandboxClient } from '../../sandbox/control-client.ts';
import { startSandbox } from '../../sandbox/sandbox.ts';
import { AccessLog } from './access-log.ts';
import { TABLES, tableProperties } from './bed-tables.ts';
import { ConnectorProcess } from './connector-process.ts';
import { ShiftedClock } from './shifted-clock.ts';

const SHARDS = 2;
const ACCOUNT = AccountIdSchema.parse('123456789012345678');
const ENDPOINT = EndpointIdSchema.parse(`wh_${'a'.repeat(24)}`);
const REPOSITORY = path.resolve(import.meta.dirname, '../..');

export type Bed = Awaited<ReturnType<typeof startBed>>;
export type Identity = Pick<SessionRow, 'accountId' | 'sessionId' | 'sessionUid' | 'shard'>;

/** SQS, DynamoDB and WhatsApp as the connector meets them, and connector processes to start and kill. */
export async function startBed() {
  const sandbox = await startSandbox();
  const phones = new SandboxClient(sandbox.controlUrl);
  const dynamo = await startDynamo({});
  const database = new DatabaseSync(':memory:');
  const defects: unknown[] = [];
  const queueClock = new ShiftedClock();
  const accessLog = new AccessLog();
  const { authorize } = accessLog;
  const sqsService: SqsService = new SqsService({
    clock: queueClock,
    database,
    endpoint: () => server.endpoint,
    authorize,
  });
  const tableService = new DynamoService({ endpoint: dynamo.endpoint, clock: systemClock, authorize });
  const server = await startAwsServer({
    services: new Map<string, AwsService>([
      ['sqs', sqsService],
      ['dynamodb', tableService],
    ]),
    onDefect: (error) => defects.push(error),
  });
  const access = {
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
  };
  const sqs = new SQSClient(access);
  const tables = DynamoDBDocumentClient.from(new DynamoDBClient(access), {
    marshallOptions: { removeUndefinedValues: true },
  });
  await createTables(
    tableService,
    TABLES.map((name) => ({ name, properties: tableProperties(name) })),
  );
  const queue = async (name: string): Promise<string> => {
    const fifo = name.endsWith('.fifo') ? { FifoQueue: 'true' } : {};
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: fifo }));
    return QueueUrl;
  };
  const outbound = await Promise.all(Array.from({ length: SHARDS }, (_, shard) => queue(`outbound-${shard}.fifo`)));
  const events = await queue('events.fifo');
  const bulk = await queue('bulk');
  const connectors = new Set<ConnectorProcess>();
  const queued: Event[] = [];

  const environment = {
    PATH: process.env['PATH'],
    AWS_ENDPOINT_URL: server.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIACONNECTOR',
    AWS_SECRET_ACCESS_KEY: 'secret',
    [Env.sessionsTable]: 'sessions',
    [Env.endpointsTable]: 'endpoints',
    [Env.answersTable]: 'answers',
    [Env.tasksTable]: 'tasks',
    [Env.authStateTable]: 'authState',
    [Env.messagesTable]: 'messages',
    [Env.outboundQueueUrls]: outbound.join(','),
    [Env.eventsQueueUrl]: events,
    [Env.bulkQueueUrl]: bulk,
    [Env.version]: '0.0.0-test',
    [Env.logLevel]: 'debug',
    [Env.whatsappUrl]: sandbox.whatsappUrl,
    [Env.local]: '1',
  };

  return {
    sandbox,
    phones,
    tables,
    sqs,
    outbound,
    defects,
    accessLog,
    /** Of the queues only. */
    queueClock,
    /** Starts a connector process; resolves once its log says that it is active, or that it waits. */
    async startConnector(options: { readonly main?: string; readonly env?: Record<string, string> } = {}) {
      const main = options.main ?? path.join(REPOSITORY, 'connector/main.ts');
      const child = spawn(process.execPath, [main], {
        cwd: path.dirname(main),
        env: { ...environment, ...options.env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const connector = new ConnectorProcess(child);
      connectors.add(connector);
      return connector;
    },
    /** What POST /sessions does. */
    async createSession(): Promise<Identity> {
      const sessionUid = newSessionUid(randomBytes);
      const row: SessionRow = {
        sessionId: newSessionId(randomBytes),
        sessionUid,
        accountId: ACCOUNT,
        shard: shardOf(sessionUid, SHARDS),
        desired: 'running',
        status: 'created',
        sinceMs: Date.now(),
        createdAtMs: Date.now(),
      };
      await tables.send(new PutCommand({ TableName: 'sessions', Item: row }));
      const endpoint = {
        accountId: ACCOUNT,
        endpointId: ENDPOINT,
        url: 'https://example.com/',
        events: ['messages', 'statuses', 'sessions'],
        secretCiphertext: 'x',
        createdAtMs: Date.now(),
      };
      await tables.send(new PutCommand({ TableName: 'endpoints', Item: endpoint }));
      return row;
    },
    /** The QR that the session offers, as soon as there is one. */
    async qr(identity: Identity): Promise<string> {
      for (;;) {
        const row = await this.row(identity);
        if (row?.qr !== undefined) return row.qr;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async row({ sessionId }: Identity): Promise<SessionRow | undefined> {
      const { Item } = await tables.send(
        new GetCommand({ TableName: 'sessions', Key: { sessionId }, ConsistentRead: true }),
      );
      return Item as SessionRow | undefined;
    },
    async command(
      identity: Identity,
      command: Partial<OutboundCommand> & { readonly type: OutboundCommand['type'] },
      group = 'control',
    ) {
      const { accountId, sessionId, sessionUid, shard } = identity;
      const body = { version: 1, accountId, sessionId, sessionUid, acceptedAtMs: Date.now(), ...command };
      await sqs.send(
        new SendMessageCommand({
          QueueUrl: outbound[shard],
          MessageBody: JSON.stringify(body),
          MessageGroupId: `${sessionUid}#${group}`,
          MessageDeduplicationId: 'stanzaId' in command ? String(command.stanzaId) : randomBytes(8).toString('hex'),
        }),
      );
    },
    /** The row once it has this status. */
    async status(identity: Identity, status: SessionRow['status']): Promise<SessionRow> {
      const until = Date.now() + 20_000;
      for (;;) {
        const row = await this.row(identity);
        if (row?.status === status) return row;
        if (Date.now() > until) throw new Error(`The session is ${row?.status} (${row?.reason}), not ${status}.`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async deleteRow({ sessionId }: Identity): Promise<void> {
      await tables.send(new DeleteCommand({ TableName: 'sessions', Key: { sessionId } }));
    },
    /** Address of an ECS metadata endpoint that names this task. */
    async metadata(taskId: string): Promise<string> {
      const http = createServer((_request, response) =>
        response.end(JSON.stringify({ TaskARN: `arn:aws:ecs:us-east-1:000000000000:task/pombo/${taskId}` })),
      );
      await once(http.listen(0, '127.0.0.1'), 'listening');
      http.unref();
      return `http://127.0.0.1:${(http.address() as AddressInfo).port}/v4/${taskId}`;
    },
    /** What POST /messages does. */
    async sendText(identity: Identity, phone: string, body: string): Promise<StanzaId> {
      const stanzaId = newStanzaId(randomBytes);
      const wamid = formatWamid({ sessionUid: identity.sessionUid, direction: 'out', stanzaId });
      const content = { type: 'text', text: { body, previewUrl: false } } as const;
      const to = { type: 'individual', phone } as const;
      await this.command(
        identity,
        { type: 'message.send', stanzaId, wamid, to, content, bizOpaqueCallbackData: body },
        chatHashOf(phone),
      );
      return stanzaId;
    },
    /** As a client does who waits until GET /sessions/{id} says open. */
    async sendTextWhenOpen(identity: Identity, phone: string, body: string): Promise<StanzaId> {
      while ((await this.row(identity))?.status !== 'open') await new Promise((resolve) => setTimeout(resolve, 50));
      return this.sendText(identity, phone, body);
    },
    /** Takes events off both queues until one matches. */
    async event<T extends Event>(matches: (event: Event) => event is T, timeoutMs = 15_000): Promise<T> {
      const until = Date.now() + timeoutMs;
      for (;;) {
        const found = queued.find(matches);
        if (found) return found;
        if (Date.now() > until) throw new Error(`No such event among ${JSON.stringify(queued, undefined, 1)}`);
        await this.collect();
      }
    },
    /** Takes what is on both queues now. */
    async collect(): Promise<void> {
      await Promise.all([events, bulk].map(async (url) => queued.push(...(await drain(sqs, url)))));
    },
    /** Events taken so far. */
    queued,
    async rowsOf(table: 'authState' | 'messages', identity: Identity): Promise<string[]> {
      const { pk, sk } = TableKeys[table];
      const { Items = [] } = await tables.send(
        new QueryCommand({
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: '#pk = :pk',
          ExpressionAttributeNames: { '#pk': pk },
          ExpressionAttributeValues: { ':pk': identity.sessionUid },
        }),
      );
      return Items.map((item) => String(item[sk]));
    },
    async close(): Promise<void> {
      for (const connector of connectors) if (connector.running) await connector.kill('SIGKILL');
      sqs.destroy();
      tables.destroy();
      sqsService.close();
      await server.close();
      await tableService.close();
      await dynamo.close();
      await sandbox.close();
      database.close();
    },
  };
}

async function drain(sqs: SQSClient, QueueUrl: string): Promise<Event[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
  );
  for (const { ReceiptHandle } of Messages) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  return Messages.map(({ Body }) => (JSON.parse(Body ?? '') as EventDelivery).event);
}
