import type { IncomingMessage, ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { AwsCall, AwsService } from './aws-server.ts';

/** An error as AWS answers it: `code` is what the SDK turns into the exception's name. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  /** Further members of the error body, such as `Item` of a failed condition. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, status = 400, members: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
    this.members = members;
  }
}

/** Handles one action. `closed` aborts when the caller hangs up (long polls end then). */
export type JsonAction = (input: Record<string, unknown>, call: AwsCall, closed: AbortSignal) => unknown;

export interface JsonProtocolOptions {
  /** `X-Amz-Target` prefix, such as `AmazonSQS`. */
  readonly target: string;
  /** `1.0` for SQS, Step Functions and DynamoDB, `1.1` for KMS. */
  readonly version: '1.0' | '1.1';
  readonly actions: Readonly<Record<string, JsonAction>>;
  /** Refuses bodies above this many bytes before they are parsed. */
  readonly maxBodyBytes?: number;
  /** Codes of the older query protocol (`x-amzn-query-error`, the SDK's `error.Code`) where they differ from the shape's name. */
  readonly queryCodes?: ReadonlyMap<string, string>;
}

/** Speaks AWS JSON 1.0/1.1 for a table of actions. */
export function jsonProtocol(options: JsonProtocolOptions): AwsService {
  return {
    async handle(request, response, call) {
      const closed = new AbortController();
      response.once('close', () => closed.abort());
      try {
        const action = actionOf(request, options);
        const body = await readBody(request, options.maxBodyBytes ?? Number.POSITIVE_INFINITY);
        // The SDK compresses large CloudWatch requests.
        const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString('utf8');
        const input = text === '' ? {} : parseJson(text);
        const output = await action(input, call, closed.signal);
        send(response, 200, options.version, output ?? {});
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        response.setHeader('x-amzn-errortype', error.code);
        const queryCode = options.queryCodes?.get(error.code) ?? error.code;
        response.setHeader('x-amzn-query-error', `${queryCode};${error.status >= 500 ? 'Receiver' : 'Sender'}`);
        send(response, error.status, options.version, { __type: error.code, message: error.message, ...error.members });
      }
    },
  };
}

function actionOf(request: IncomingMessage, options: JsonProtocolOptions): JsonAction {
  const target = String(request.headers['x-amz-target'] ?? '');
  const name = target.startsWith(`${options.target}.`) ? target.slice(options.target.length + 1) : '';
  const action = Object.hasOwn(options.actions, name) ? options.actions[name] : undefined;
  if (!action) throw new AwsError('UnknownOperationException', `${target || 'This call'} is not known here.`);
  return action;
}

function parseJson(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    throw new AwsError('SerializationException', `The request is not JSON: ${String(cause)}`);
  }
}

/** Reads a whole request body. @throws AwsError RequestEntityTooLarge (413) above `maxBytes`. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes)
      throw new AwsError('RequestEntityTooLarge', `The request is larger than ${maxBytes} bytes.`, 413);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, status: number, version: string, body: unknown): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': `application/x-amz-json-${version}` });
  response.end(JSON.stringify(body));
}
