import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { AccountLimits } from '#core/contracts/limits.ts';
import { GraphError } from '#core/domain/graph-error.ts';
import type { AccountId, ApiKeyId } from '#core/domain/ids.ts';

/** Whose API key a request carries. */
export interface Caller {
  readonly accountId: AccountId;
  readonly apiKeyId: ApiKeyId;
  /** Those of the account. */
  readonly limits?: AccountLimits | undefined;
}

export interface ApiRequest {
  /** Upper case. */
  readonly method: string;
  /** Path without a trailing slash. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Address of the client, as the gateway saw it. */
  readonly sourceIp: string;
  /** Goes into errors as fbtrace_id, into commands and into the logs of both sides. */
  readonly traceId: string;
  /** The body, read as JSON or as a form. @throws GraphError if it is neither, or too large */
  readonly body: () => unknown;
  /** The body as it was sent. */
  readonly bytes: () => Buffer;
}

/** Larger bodies are refused by us, so that the answer has Graph's shape; API Gateway would refuse 10 MB in its own (D2). Bytes. */
export const MOST_BODY_BYTES = 4 * 1024 * 1024;

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPES = /^(application|text)\/(json|plain|[\w.-]+\+json)$/;

/** @param traceId of this request */
export function apiRequestOf(event: APIGatewayProxyEventV2, traceId: string): ApiRequest {
  const path = event.rawPath.replace(/\/+$/, '') || '/';
  return {
    method: event.requestContext.http.method.toUpperCase(),
    path,
    query: new URLSearchParams(event.rawQueryString),
    headers: event.headers,
    sourceIp: event.requestContext.http.sourceIp,
    traceId,
    body: () => readBody(event),
    bytes: () => bytesOf(event),
  };
}

const bytesOf = ({ body = '', isBase64Encoded }: APIGatewayProxyEventV2): Buffer =>
  Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');

function readBody(event: APIGatewayProxyEventV2): unknown {
  const bytes = bytesOf(event);
  if (bytes.length > MOST_BODY_BYTES) {
    throw new GraphError(100, `The body is too large: at most ${MOST_BODY_BYTES / 1024 / 1024} MB are allowed.`, {
      status: 413,
    });
  }
  const text = decode(bytes);
  if (text.trim() === '') return undefined;
  const type = (event.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  // `curl -d` calls everything a form; a form never begins with a brace.
  if (type === FORM && !text.trimStart().startsWith('{')) return readForm(text);
  if (type !== '' && type !== FORM && !JSON_TYPES.test(type)) {
    throw new GraphError(100, 'Content-Type: must be application/json.', { status: 415 });
  }
  return parseJson(text) ?? null;
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new GraphError(100, 'The body is not valid UTF-8.');
  }
}

/** The parser's own message would quote the body, so it goes nowhere. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new GraphError(100, 'The body is not valid JSON.');
  }
}

/** Graph takes forms too: objects in them are JSON. */
function readForm(text: string): unknown {
  const entries = [...new URLSearchParams(text)].map(([name, value]) => {
    return [name, /^\s*[{[]/.test(value) ? parseJson(value) : value] as const;
  });
  return Object.fromEntries(entries);
}
