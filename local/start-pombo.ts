import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import path from 'node:path';
import process from 'node:process';
import * as z from 'zod';
import { ApiKeySchema } from '#core/domain/api-key.ts';
import { sleep, systemClock } from '#core/domain/clock.ts';
import { DataFolder, type RunFile } from './data-folder.ts';
import { toEvent } from './http-api/request-event.ts';
import { openLogFile } from './logs/log-file.ts';
import type { LogLevel, LogSink } from './logs/log-line.ts';
import { Operator } from './operator.ts';
import type { StartOptions } from './options.ts';
import { prepareAssembly } from './prepare-assembly.ts';
import type { WhatsAppTarget } from './runner/deploy-services.ts';
import { type Runner, startRunner } from './runner.ts';
import { type SandboxProcess, startSandboxProcess } from './sandbox-process.ts';
import { StartFailure } from './start-failure.ts';
import { LOCAL_ACCOUNT } from './template/physical-names.ts';

/** A Pombo that runs on this machine. */
export interface Pombo {
  /** What `run.json` says. */
  readonly run: RunFile;
  readonly operator: Operator;
  /** Resolves with a sentence when a part without which nothing works has ended. */
  readonly broken: Promise<string>;
  /** Stops everything in order and takes `run.json` back. */
  stop(): Promise<void>;
  /** Ends the connectors without letting them finish; the process has to end then. */
  kill(): void;
}

export interface PomboOptions extends StartOptions {
  readonly log: LogSink;
  /** What functions and connectors are to say; the sink may show less of it. */
  readonly logLevel: LogLevel;
}

/** Folder inside the data folder that keeps the latest log lines, for `npm run pombo -- trace`. */
const LOGS = 'logs';

/** Loopback, in CIDRs: the receiver and the developer's own programs listen there. */
const PRIVATE_TARGETS = ['127.0.0.0/8', '::1/128'];

/** @throws StartFailure, or an Error with a sentence; nothing is left running then */
export async function startPombo(asked: PomboOptions): Promise<Pombo> {
  await checkPort(asked.port);
  const data = DataFolder.open({
    folder: asked.dataFolder,
    shown: asked.dataFolderShown,
    reset: asked.reset,
  });
  const kept = openLogFile(data.path(LOGS), () => systemClock.now());
  const options: PomboOptions = {
    ...asked,
    log: (line) => {
      kept.keep(line);
      asked.log(line);
    },
  };
  let sandbox: SandboxProcess | undefined;
  let runner: Runner | undefined;
  let ready = false;
  try {
    const [assembly, simulated] = await Promise.allSettled([prepare(options, data), sandboxOf(options, data)]);
    if (simulated.status === 'fulfilled') sandbox = simulated.value;
    for (const part of [assembly, simulated]) if (part.status === 'rejected') throw part.reason;
    runner = await startRunner({
      cdkOut: data.path('cdk.out'),
      dataFolder: data.path('aws'),
      apiPort: options.port,
      clock: systemClock,
      log: (line) => {
        if (ready || !HEALTH_PARTS.has(line.part)) options.log(line);
      },
      whatsapp: targetOf(options, sandbox),
      accountConcurrency: options.accountConcurrency,
      secrets: options.secrets,
    });
    const pombo = await announce({ options, data, sandbox, runner });
    ready = true;
    return pombo;
  } catch (error) {
    await runner?.stop();
    await sandbox?.stop();
    data.close();
    throw error;
  }
}

interface Parts {
  readonly options: PomboOptions;
  readonly data: DataFolder;
  readonly sandbox: SandboxProcess | undefined;
  readonly runner: Runner;
}

async function announce({ options, data, sandbox, runner }: Parts): Promise<Pombo> {
  const operator = new Operator(runner);
  const apiKey = await operator.ensureApiKey(options.apiKey ?? ApiKeySchema.safeParse(data.readApiKey()).data);
  data.writeApiKey(apiKey);
  const run: RunFile = {
    api: runner.apiUrl,
    apiKey,
    sandbox: sandbox?.controlUrl ?? null,
    data: data.folder,
    awsEndpoint: runner.awsEndpoint,
    stack: { outputs: runner.outputs },
  };
  await whenHealthy(runner, apiKey);
  data.announce(run);
  return {
    run,
    operator,
    broken: sandbox ? sandbox.died : new Promise(() => {}),
    async stop() {
      operator.close();
      await runner.stop();
      await sandbox?.stop();
      data.close();
    },
    kill() {
      runner.killServices();
      data.close();
    },
  };
}

/**
 * Ready means that every part is: the connector takes a moment longer than the API. Asks the function and not the API, whose
 * alarm would ring for a start.
 */
async function whenHealthy(runner: Runner, apiKey: string): Promise<void> {
  const deadlineMs = systemClock.monotonic() + HEALTHY_WITHIN_MS;
  while (systemClock.monotonic() < deadlineMs) {
    const result = await runner.invoke('ApiHealth', deepHealthEvent(apiKey));
    if (result.ok && StatusSchema.safeParse(JSON.parse(result.payload)).data?.statusCode === 200) return;
    await sleep(systemClock, HEALTH_LOOK_MS);
  }
}
const StatusSchema = z.object({ statusCode: z.number() });

const deepHealthEvent = (apiKey: string): object =>
  toEvent({
    method: 'GET',
    path: '/health',
    rawQuery: 'deep=1',
    headers: { authorization: `Bearer ${apiKey}` },
    body: Buffer.alloc(0),
    sourceIp: '127.0.0.1',
    requestId: randomUUID(),
    routeKey: 'ANY /health',
    pathParameters: undefined,
    apiId: 'start',
    accountId: LOCAL_ACCOUNT,
    timeMs: systemClock.now(),
  });

/** A connector that takes longer has said why in the log; the API is there all the same. */
const HEALTHY_WITHIN_MS = 4000;
const HEALTH_LOOK_MS = 100;
/** Who would speak of each look before anybody else can ask the API anything. */
const HEALTH_PARTS: ReadonlySet<string> = new Set(['ApiHealth']);

function prepare({ log, logLevel, tasks }: PomboOptions, data: DataFolder): Promise<void> {
  return prepareAssembly({
    outdir: data.path('cdk.out'),
    config: {
      privateTargets: PRIVATE_TARGETS,
      logLevel: configuredLevel(logLevel),
      // The owner's key is in an account that this machine does not know.
      customerKeyArn: undefined,
      // So many and no others, whatever the deployment would scale to.
      ...(tasks === undefined ? {} : { taskCount: tasks, maxTaskCount: undefined }),
    },
    onWork: () =>
      log({ part: 'runner', level: 'info', text: 'Bundling the functions and synthesizing the stack …', fields: {} }),
  });
}

/** Levels of the deployment's options. */
function configuredLevel(level: LogLevel): 'debug' | 'info' | 'warn' | 'error' {
  if (level === 'trace') return 'debug';
  return level === 'fatal' ? 'error' : level;
}

async function sandboxOf({ whatsapp, log }: PomboOptions, data: DataFolder): Promise<SandboxProcess | undefined> {
  return whatsapp === 'sandbox' ? startSandboxProcess(data.path('sandbox'), log) : undefined;
}

function targetOf({ whatsapp }: PomboOptions, sandbox: SandboxProcess | undefined): WhatsAppTarget {
  if (sandbox)
    return { url: sandbox.whatsappUrl, caCertificateFile: sandbox.caCertificateFile, mediaHosts: [sandbox.mediaHost] };
  if (whatsapp instanceof URL) return { url: whatsapp.href, mediaHosts: [whatsapp.hostname] };
  return 'live';
}

/** Asked first, so that nobody waits for a synthesis to hear of it. */
async function checkPort(port: number): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
  } catch (error) {
    throw portFailure(port, error);
  }
  await new Promise((resolve) => server.close(resolve));
}

function portFailure(port: number, cause: unknown): StartFailure {
  const code = (cause as NodeJS.ErrnoException).code;
  const other = `npm start -- --port ${port + 1} (or --port 0 for any free one)`;
  if (code === 'EADDRINUSE')
    return new StartFailure(`Port ${port} is in use by another program. Stop that, or choose another port: ${other}.`, {
      cause,
    });
  if (code === 'EACCES')
    return new StartFailure(`Port ${port} is for administrators only. Choose another: npm start -- --port 4700.`, {
      cause,
    });
  return new StartFailure(`Port ${port} can't be used (${String(code)}). Choose another: ${other}.`, { cause });
}

/** Absolute path of the folder that other commands look into by default. */
export const isDefaultDataFolder = (folder: string): boolean => folder === path.resolve(process.cwd(), '.pombo');
