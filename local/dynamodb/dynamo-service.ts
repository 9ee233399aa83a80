import type { IncomingMessage, ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { Pool } from 'undici';
import { type Clock, systemClock } from '#core/domain/clock.ts';
import type { Authorize, AwsRequest } from '../aws/authorize.ts';
import type { AwsCall, AwsService } from '../aws/aws-server.ts';
import { AwsError, readBody } from '../aws/json-protocol.ts';
import { askingForUnits, consumedIn, type OnConsumed } from './consumed-units.ts';
import { ContinuousBackups } from './continuous-backups.ts';
import { BACKEND_HEADERS, type DynamoCall, dynamoCaller, TARGET_PREFIX } from './dynamo-call.ts';
import { type Permission, permissionsOf, resourceOf } from './permissions.ts';

/** DynamoDB's own limit on a request. */
const MAX_REQUEST_BYTES = 16 * 1024 * 1024;
/** Sockets kept to the backend; further calls wait for one. */
const BACKEND_CONNECTIONS = 64;
/** Regions that Dynoxide and DynamoDB Local write into ARNs. */
const BACKEND_ARN = /arn:aws:(dynamodb|kms):(?:dynoxide|ddblocal):/g;
const HUNG_UP = 'The caller hung up.';
const CREATION_TIME = /("CreationDateTime":)([\d.]+)/g;
/** The actions on items, whose answers hold the caller's data and are passed on as they come. */
const ITEM_ACTION = /Item|^Query$|^Scan$|Statement|Transaction|^GetRecords$/;

/**
 * Asked before each call, once per action and table (`PutItem`, `events`); what it returns is the
 * answer instead. May be asynchronous, to make DynamoDB slow.
 */
export type BeforeCall = (
  action: string,
  table: string | undefined,
) => AwsError | undefined | Promise<AwsError | undefined>;

export interface DynamoServiceOptions {
  /** Address of the DynamoDB behind, from `startDynamo`. */
  readonly endpoint: string;
  readonly clock: Clock;
  /** Region in the ARNs that callers see. @default us-east-1 */
  readonly region?: string;
  /** @default everything is allowed */
  readonly authorize?: Authorize;
  /** Fault injection. @default none */
  readonly beforeCall?: BeforeCall;
  /** Hears of what each call was billed for. @default nobody asks, and answers are passed on as they come */
  readonly onConsumed?: OnConsumed | undefined;
}

/** DynamoDB for the shared AWS endpoint: who may call, and what, is decided here; the work is done by the backend. */
export class DynamoService implements AwsService {
  readonly region: string;
  /** Calls the backend past authorisation and fault injection. */
  readonly call: DynamoCall;
  readonly backups: ContinuousBackups;
  readonly #options: DynamoServiceOptions;
  readonly #pool: Pool;
  /** From the backend's time, which is the machine's, to the clock's, seconds. */
  readonly #aheadS: number;

  constructor(options: DynamoServiceOptions) {
    this.#options = options;
    this.region = options.region ?? 'us-east-1';
    this.#aheadS = (options.clock.now() - systemClock.now()) / 1000;
    this.call = dynamoCaller(options.endpoint);
    this.backups = new ContinuousBackups(options.clock, this.call);
    this.#pool = new Pool(options.endpoint, { connections: BACKEND_CONNECTIONS });
  }

  async handle(request: IncomingMessage, response: ServerResponse, call: AwsCall): Promise<void> {
    try {
      const action = String(request.headers['x-amz-target'] ?? '').replace(TARGET_PREFIX, '');
      const body = await readRequest(request);
      const input = parse(body);
      const permissions = permissionsOf(action, input);
      await this.#admit(action, permissions, call, { 'dynamodb:LeadingKeys': leadingKeyOf(input) });
      const own = await this.#ownAnswer(action, permissions[0]?.table ?? '', input);
      if (own) answer(response, 200, JSON.stringify(own));
      else if (ITEM_ACTION.test(action) && this.#options.onConsumed) await this.#meter(action, input, call, response);
      else if (ITEM_ACTION.test(action)) await this.#stream(action, body, response);
      else await this.#rewrite(action, body, response);
    } catch (error) {
      if (request.destroyed && !request.complete) return;
      if (!(error instanceof AwsError)) throw error;
      response.setHeader('x-amzn-errortype', error.code);
      answer(response, error.status, JSON.stringify({ __type: error.code, message: error.message, ...error.members }));
    }
  }

  /** Closes the sockets to the backend. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #admit(
    action: string,
    permissions: readonly Permission[],
    { accessKeyId }: AwsCall,
    context: NonNullable<AwsRequest['context']>,
  ): Promise<void> {
    for (const permission of permissions) {
      this.#options.authorize?.({
        accessKeyId,
        action: permission.action,
        resource: resourceOf(permission, this.region),
        context,
      });
    }
    if (!this.#options.beforeCall) return;
    for (const table of new Set(permissions.map((permission) => permission.table))) {
      const fault = await this.#options.beforeCall(action, table);
      if (fault) throw fault;
    }
  }

  async #ownAnswer(action: string, table: string, input: Record<string, unknown>): Promise<object | undefined> {
    if (action === 'UpdateContinuousBackups') return this.backups.update(table, input);
    if (action === 'DescribeContinuousBackups') return this.backups.describe(table);
    return undefined;
  }

  /** Passes the backend's answer on chunk by chunk, at the pace of the caller. */
  #stream(action: string, body: Buffer, response: ServerResponse): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pool.dispatch(requestFor(action, body), {
        // undici tells this shape of handler from its older one by this method.
        onRequestStart: () => undefined,
        onResponseStart(controller, status, headers) {
          // It will say so no more, nor take anything: the socket to the backend would wait for it for ever.
          if (response.destroyed) return controller.abort(new Error(HUNG_UP));
          // The date is the server's, which has it from the clock.
          const { date: _, ...others } = headers;
          response.writeHead(status, others);
          response.on('drain', () => controller.resume());
          response.once('close', () => {
            if (!response.writableFinished) controller.abort(new Error(HUNG_UP));
          });
        },
        onResponseData(controller, chunk) {
          if (!response.write(chunk)) controller.pause();
        },
        onResponseEnd() {
          response.end();
          resolve();
        },
        onResponseError(_controller, error) {
          if (!response.headersSent && !response.destroyed) return reject(unavailable(error));
          response.destroy();
          resolve();
        },
      });
    });
  }

  /** Asks what the call is billed for, and tells whoever counts. */
  async #meter(
    action: string,
    input: Record<string, unknown>,
    { accessKeyId }: AwsCall,
    response: ServerResponse,
  ): Promise<void> {
    const { status, text } = await this.#ask(action, askingForUnits(input));
    for (const one of consumedIn({ accessKeyId, action, input }, { status, text })) this.#options.onConsumed?.(one);
    answer(response, status, text);
  }

  async #ask(action: string, body: Buffer): Promise<{ readonly status: number; readonly text: string }> {
    const backend = await this.#pool.request(requestFor(action, body)).catch((cause: unknown) => {
      throw unavailable(cause);
    });
    return { status: backend.statusCode, text: await backend.body.text() };
  }

  /** For descriptions of tables and streams: corrects the region in their ARNs, and their times. */
  async #rewrite(action: string, body: Buffer, response: ServerResponse): Promise<void> {
    const { status, text } = await this.#ask(action, body);
    const timed = text.replaceAll(
      CREATION_TIME,
      (_, name: string, seconds: string) => name + (Number(seconds) + this.#aheadS).toFixed(3),
    );
    answer(response, status, timed.replace(BACKEND_ARN, `arn:aws:$1:${this.region}:`));
  }
}

function requestFor(
  action: string,
  body: Buffer,
): { path: string; method: 'POST'; headers: Record<string, string>; body: Buffer } {
  return { path: '/', method: 'POST', headers: { ...BACKEND_HEADERS, 'x-amz-target': TARGET_PREFIX + action }, body };
}

async function readRequest(request: IncomingMessage): Promise<Buffer> {
  const body = await readBody(request, MAX_REQUEST_BYTES);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}

function parse(body: Buffer): Record<string, unknown> {
  try {
    const input: unknown = JSON.parse(body.toString('utf8') || '{}');
    if (typeof input === 'object' && input !== null) return input as Record<string, unknown>;
  } catch (cause) {
    throw new AwsError('SerializationException', `The request is not JSON: ${String(cause)}`);
  }
  throw new AwsError('SerializationException', 'The request is not a JSON object.');
}

/**
 * Partition key of the item that is named, where its key has no other part: of two, the request does not say which is which,
 * and policies about such tables have to do without.
 */
function leadingKeyOf({ Key }: Record<string, unknown>): string | undefined {
  const parts = typeof Key === 'object' && Key !== null ? Object.values(Key as Record<string, unknown>) : [];
  const [value] = parts;
  if (parts.length !== 1 || typeof value !== 'object' || value === null) return undefined;
  return String(Object.values(value)[0]);
}

/** Retried by the SDK, as a failure of DynamoDB itself would be. */
function unavailable(cause: unknown): AwsError {
  return new AwsError('InternalServerError', `DynamoDB does not answer: ${String(cause)}`, 500);
}

function answer(response: ServerResponse, status: number, body: string): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(body);
}
