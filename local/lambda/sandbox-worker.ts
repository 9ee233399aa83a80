import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import type { FunctionFault } from './function-definition.ts';
import type { DieMessage, InvokeMessage, SandboxData, SandboxMessage } from './sandbox-protocol.ts';

/**
 * The inside of a sandbox: plays the part of Lambda's Node.js runtime for one bundle. Runs in a worker thread with an
 * environment of its own.
 */
type Handler = (event: unknown, context: object) => unknown;

const data = workerData as SandboxData;
const say = (message: SandboxMessage): void => parentPort?.postMessage(message);

/** Exit code of a process that was killed by signal 9. */
const KILLED = 137;
/** The runtime looks for these, in this order. */
const EXTENSIONS = ['.mjs', '.js', '.cjs'];

function faultOf(error: unknown): FunctionFault {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}

class InitError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

async function loadHandler(): Promise<Handler> {
  const dot = data.handler.lastIndexOf('.');
  const base = path.join(data.folder, data.handler.slice(0, dot));
  const file = EXTENSIONS.map((extension) => base + extension).find((candidate) => existsSync(candidate));
  if (!file)
    throw new InitError('Runtime.ImportModuleError', `Error: Cannot find module '${data.handler.slice(0, dot)}'`);
  const bundle = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  const handler = bundle[data.handler.slice(dot + 1)];
  if (typeof handler !== 'function')
    throw new InitError('Runtime.HandlerNotFound', `${data.handler} is undefined or not exported`);
  return handler as Handler;
}

function contextOf({ requestId, deadlineMs, functionArn }: InvokeMessage): object {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: '$LATEST',
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    invokedFunctionArn: functionArn,
    awsRequestId: requestId,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
}

async function run(handler: Handler, message: InvokeMessage): Promise<void> {
  const { requestId } = message;
  try {
    const result = await handler(JSON.parse(message.event), contextOf(message));
    say({ type: 'done', requestId, payload: JSON.stringify(result) ?? 'null' });
  } catch (error) {
    say({ type: 'failed', requestId, error: faultOf(error) });
  }
}

try {
  if (data.preload) {
    const preload = (await import(data.preload.module)) as { install(given: unknown): void };
    preload.install(data.preload.data);
  }
  const handler = await loadHandler();
  parentPort?.on('message', (message: InvokeMessage | DieMessage) => {
    if (message.type === 'invoke') void run(handler, message);
    else process.exit(KILLED);
  });
  say({ type: 'ready' });
} catch (error) {
  say({ type: 'init-failed', error: faultOf(error) });
}
