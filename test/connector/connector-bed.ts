import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { StanzaId } from '#core/domain/ids.ts';
import { Env } from '#core/resource-names.ts';
import { startSandboxProcess } from '../../local/sandbox-process.ts';
import { SandboxClient } from '../../sandbox/control-client.ts';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts';
import { type BedCloud, BUCKET, startBedCloud } from './bed-cloud.ts';
import { makeBedCommands } from './bed-commands.ts';
import { makeBedEvents } from './bed-events.ts';
import { type Identity, makeBedSessions } from './bed-sessions.ts';
import { ConnectorProcess } from './connector-process.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '../..');

export type Bed = Awaited<ReturnType<typeof startBed>>;
export type { Identity };

/** The runner's (local/launch.mjs): half of what a start of the connector costs is reading its modules. */
const { NODE_COMPILE_CACHE } = process.env;
const COMPILE_CACHE = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };

/** SQS, DynamoDB and WhatsApp as the connector meets them, and connector processes to start and kill. */
export async function startBed(
  options: {
    /** WhatsApp in a process of its own, for load that would starve the queues beside it. */
    readonly sandboxProcess?: boolean;
    /** The connector calls DynamoDB past our own server, which would take a good part of the cores under load. */
    readonly unwatchedTables?: boolean;
    /** What each call of DynamoDB takes longer, milliseconds. */
    readonly dynamoDelayMs?: number;
  } = {},
) {
  const sandbox = await (options.sandboxProcess ? startSandboxOutside() : startSandbox());
  const cloud = await startBedCloud(options.dynamoDelayMs ?? 0);
  const { tables, sqs, outbound, eventQueues, defects, accessLog, queueClock } = cloud;
  const sessions = makeBedSessions(cloud);
  const commands = makeBedCommands(cloud);
  const connectors = new Set<ConnectorProcess>();
  const environment = {
    ...environmentOf(cloud, sandbox),
    ...(options.unwatchedTables && { AWS_ENDPOINT_URL_DYNAMODB: cloud.databaseEndpoint }),
  };
  return {
    sandbox,
    endpoint: cloud.endpoint,
    phones: new SandboxClient(sandbox.controlUrl),
    tables,
    sqs,
    outbound,
    eventQueues,
    defects,
    accessLog,
    /** Of the queues only. */
    queueClock,
    ...sessions,
    ...commands,
    ...makeBedEvents(cloud),
    /** Resolves when the connectors have nothing in hand of what was put on their queues. */
    async commandsDone(): Promise<void> {
      const calls = (action: string, by: string): number =>
        accessLog.accesses.filter((call) => call.action.endsWith(action) && call.accessKeyId === by).length;
      while (calls('DeleteMessage', 'AKIACONNECTOR') < calls('SendMessage', 'AKIATEST'))
        await new Promise((resolve) => setTimeout(resolve, 50));
    },
    /** Starts a connector process. */
    async startConnector(options: { readonly main?: string; readonly env?: Record<string, string> } = {}) {
      const main = options.main ?? path.join(REPOSITORY, 'connector/main.ts');
      const child = spawn(process.execPath, [main], {
        cwd: path.dirname(main),
        env: { ...COMPILE_CACHE, ...environment, ...options.env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const connector = new ConnectorProcess(child);
      connectors.add(connector);
      return connector;
    },
    /** As a client does who waits until GET /sessions/{id} says open. */
    async sendTextWhenOpen(identity: Identity, phone: string, body: string): Promise<StanzaId> {
      while ((await sessions.row(identity))?.status !== 'open') await new Promise((resolve) => setTimeout(resolve, 50));
      return commands.sendText(identity, phone, body);
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
    async close(): Promise<void> {
      for (const connector of connectors) if (connector.running) await connector.kill('SIGKILL');
      await cloud.close();
      await sandbox.close();
    },
  };
}

/** Of a connector process. */
function environmentOf(
  { endpoint, outbound, eventQueues: [events, bulk] }: BedCloud,
  { whatsappUrl, mediaHost, caCertificateFile }: Pick<Sandbox, 'whatsappUrl' | 'mediaHost' | 'caCertificateFile'>,
) {
  return {
    PATH: process.env['PATH'],
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIACONNECTOR',
    AWS_SECRET_ACCESS_KEY: 'secret',
    [Env.sessionsTable]: 'sessions',
    [Env.endpointsTable]: 'endpoints',
    [Env.answersTable]: 'answers',
    [Env.tasksTable]: 'tasks',
    [Env.authStateTable]: 'authState',
    [Env.messagesTable]: 'messages',
    [Env.limitsTable]: 'limits',
    [Env.mediaTable]: 'media',
    [Env.mediaBucket]: BUCKET,
    [Env.mediaHosts]: mediaHost,
    NODE_EXTRA_CA_CERTS: caCertificateFile,
    [Env.outboundQueueUrls]: outbound.join(','),
    [Env.eventsQueueUrl]: events,
    [Env.bulkQueueUrl]: bulk,
    [Env.version]: '0.0.0-test',
    [Env.logLevel]: 'debug',
    [Env.whatsappUrl]: whatsappUrl,
    [Env.local]: '1',
  };
}

async function startSandboxOutside() {
  const folder = await mkdtemp(path.join(tmpdir(), 'pombo-sandbox-'));
  const sandbox = await startSandboxProcess(folder, () => undefined);
  return {
    ...sandbox,
    async close(): Promise<void> {
      await sandbox.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
