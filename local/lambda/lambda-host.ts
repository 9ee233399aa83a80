import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '#core/domain/clock.ts';
import type { Authorize } from '../aws/authorize.ts';
import type { AwsCall, AwsService } from '../aws/aws-server.ts';
import { AwsError, readBody } from '../aws/json-protocol.ts';
import type { WorkerTimeHost } from '../clock/time-hosts.ts';
import type { LogSink } from '../logs/log-line.ts';
import { AccountConcurrency, ThrottledError } from './account-concurrency.ts';
import { AsyncInvocations } from './async-invocations.ts';
import {
  type FunctionDefinition,
  type InvocationResult,
  MAX_ASYNC_PAYLOAD_BYTES,
  MAX_SYNC_PAYLOAD_BYTES,
} from './function-definition.ts';
import { FunctionPool, type Invocation } from './function-pool.ts';

export interface LambdaHostOptions {
  readonly clock: Clock;
  readonly log: LogSink;
  /** Concurrent executions of the account. @default 1000 */
  readonly accountConcurrency?: number | undefined;
  /** Keeps accepted asynchronous invocations over a restart. */
  readonly database: DatabaseSync;
  readonly time?: WorkerTimeHost | undefined;
  readonly authorize?: Authorize | undefined;
  /** Gets each line that a function writes, with the function's name: metrics (EMF) are in there. */
  readonly onOutput?: ((functionName: string, line: string) => void) | undefined;
  /** Hears of each invocation that ended or was throttled. */
  readonly onInvocation?: ((functionName: string, invocation: Invocation) => void) | undefined;
}

/** Read before the size is judged, so that a caller gets the answer and no broken connection. */
const MAX_READ_BYTES = 4 * MAX_SYNC_PAYLOAD_BYTES;
const INVOKE_PATH = /^\/2015-03-31\/functions\/([^/]+)\/invocations\/?$/;

/** Runs functions in worker threads and speaks Lambda's Invoke API. */
export class LambdaHost implements AwsService {
  readonly #options: LambdaHostOptions;
  readonly #pools = new Map<string, FunctionPool>();
  readonly #queue: AsyncInvocations;
  readonly #concurrency: AccountConcurrency;

  constructor(options: LambdaHostOptions) {
    this.#options = options;
    this.#concurrency = new AccountConcurrency(options.accountConcurrency);
    this.#queue = new AsyncInvocations({
      clock: options.clock,
      database: options.database,
      run: (name, event, requestId) => this.#pool(name).invoke(event, requestId),
      onGivenUp: (name, requestId) =>
        options.log({ part: 'runner', level: 'error', text: `${name} failed for good.`, fields: { requestId } }),
    });
  }

  /**
   * Adds a function; it starts with its first event.
   * @param part its short name in the logs
   * @throws Error with Lambda's sentence when its reservation leaves too little to the others
   */
  define(definition: FunctionDefinition, part: string): void {
    const { clock, log, time, onOutput, onInvocation } = this.#options;
    this.#concurrency.reserve(definition.name, definition.reservedConcurrency);
    const pool = new FunctionPool({
      definition,
      concurrency: this.#concurrency,
      clock,
      log,
      part,
      time,
      onOutput: onOutput && ((line) => onOutput(definition.name, line)),
      onInvocation: onInvocation && ((invocation) => onInvocation(definition.name, invocation)),
    });
    this.#pools.set(definition.name, pool);
  }

  /** Goes on with asynchronous invocations that were accepted before a restart. */
  resume(): void {
    this.#queue.resume();
  }

  /**
   * Runs one event and waits for its result.
   * @param name name or ARN of the function
   * @param event JSON text, at most 6 MB
   * @throws AwsError ResourceNotFoundException, RequestTooLargeException, TooManyRequestsException
   */
  async invoke(name: string, event: string): Promise<InvocationResult> {
    const pool = this.#pool(name);
    if (Buffer.byteLength(event) > MAX_SYNC_PAYLOAD_BYTES)
      throw tooLarge(`Request must be smaller than ${MAX_SYNC_PAYLOAD_BYTES} bytes for the InvokeFunction operation`);
    try {
      return await pool.invoke(event);
    } catch (error) {
      if (!(error instanceof ThrottledError)) throw error;
      throw new AwsError('TooManyRequestsException', error.message, 429, { Reason: error.reason });
    }
  }

  /**
   * Accepts one event that runs on its own, with two more attempts if it fails. Returns the request id.
   * @param event JSON text, at most 1 MB
   */
  invokeAsync(name: string, event: string): string {
    const pool = this.#pool(name);
    const bytes = Buffer.byteLength(event);
    if (bytes > MAX_ASYNC_PAYLOAD_BYTES)
      throw tooLarge(
        `${bytes} byte payload is too large for the Event invocation type (limit ${MAX_ASYNC_PAYLOAD_BYTES} bytes)`,
      );
    return this.#queue.accept(pool.definition.name, event);
  }

  /**
   * Kills an execution environment in the middle of an event, for tests of what a crash loses.
   * @param name beginning of the function's name after the stack's
   * @returns whether one was busy
   */
  kill(name: string): boolean {
    return [...this.#pools].some(([own, pool]) => own.includes(name) && pool.kill());
  }

  async handle(request: IncomingMessage, response: ServerResponse, call: AwsCall): Promise<void> {
    try {
      await this.#answer(request, response, call);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      response.writeHead(error.status, { 'content-type': 'application/json', 'x-amzn-errortype': error.code });
      const Type = error.status >= 500 ? 'Service' : 'User';
      response.end(JSON.stringify({ Type, message: error.message, ...error.members }));
    }
  }

  async close(): Promise<void> {
    this.#queue.close();
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse, call: AwsCall): Promise<void> {
    const [, encodedName] = INVOKE_PATH.exec(call.url.pathname) ?? [];
    if (request.method !== 'POST' || encodedName === undefined)
      throw new AwsError('UnknownOperationException', `${request.method} ${call.url.pathname} is not known here.`, 404);
    const { definition } = this.#pool(decodeURIComponent(encodedName));
    this.#options.authorize?.({
      accessKeyId: call.accessKeyId,
      action: 'lambda:InvokeFunction',
      resource: definition.arn,
    });
    const body = (await readBody(request, MAX_READ_BYTES)).toString('utf8') || '{}';
    checkJson(body);
    const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
    if (type === 'Event') {
      response.writeHead(202, { 'x-amzn-requestid': this.invokeAsync(definition.name, body) }).end();
    } else if (type === 'DryRun') response.writeHead(204).end();
    else sendResult(response, await this.invoke(definition.name, body));
  }

  #pool(nameOrArn: string): FunctionPool {
    // arn:aws:lambda:<region>:<account>:function:<name>[:<qualifier>]
    const name = nameOrArn.startsWith('arn:') ? (nameOrArn.split(':')[6] ?? '') : nameOrArn;
    const pool = this.#pools.get(name);
    if (!pool) throw new AwsError('ResourceNotFoundException', `Function not found: ${nameOrArn}`, 404);
    return pool;
  }
}

function sendResult(response: ServerResponse, result: InvocationResult): void {
  response.writeHead(200, {
    'content-type': 'application/json',
    'x-amzn-requestid': randomUUID(),
    'x-amz-executed-version': '$LATEST',
    ...(!result.ok && { 'x-amz-function-error': 'Unhandled' }),
  });
  response.end(result.ok ? result.payload : JSON.stringify(result.error));
}

const tooLarge = (message: string): AwsError => new AwsError('RequestTooLargeException', message, 413);

function checkJson(body: string): void {
  try {
    JSON.parse(body);
  } catch (cause) {
    throw new AwsError('InvalidRequestContentException', `Could not parse request body into json: ${String(cause)}`);
  }
}
