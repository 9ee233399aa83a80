import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';

/** A document of 100 MB in base64 fits, Meta's largest. */
const LARGEST_BODY_BYTES = 144 * 1024 * 1024;

/** A refusal with a sentence for whoever asked. */
export class ControlError extends Error {
  readonly status: number;

  /** @param status HTTP status */
  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ControlError';
    this.status = status;
  }
}

/** What a route gets to see of a request. */
export interface ControlRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The JSON body, checked. Throws a `ControlError` that says which field is wrong. */
  body<T>(schema: z.ZodType<T>): Promise<T>;
}

/** What a route answers: JSON, bytes, or nothing when it writes the response by itself. */
export type ControlAnswer =
  | { readonly json: unknown; readonly status?: number }
  | { readonly bytes: Buffer; readonly type: string }
  | undefined;

export interface Route {
  readonly method: string;
  /** Segments; those that begin with `:` are parameters. */
  readonly path: string;
  readonly handle: (request: ControlRequest) => Promise<ControlAnswer> | ControlAnswer;
}

/** Turns routes into a request listener. Whatever a route throws becomes `{ error: { message } }`. */
export function serveRoutes(routes: readonly Route[]): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    answer(routes, request, response).catch((error: unknown) => sendError(response, error));
  };
}

async function answer(routes: readonly Route[], request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://loopback');
  const onPath = routes.flatMap((route) => {
    const params = match(route.path, url.pathname);
    return params ? [{ route, params }] : [];
  });
  const found = onPath.find(({ route }) => route.method === request.method);
  if (!found) {
    if (onPath.length > 0) throw new ControlError(405, `${request.method} does not work on ${url.pathname}.`);
    throw new ControlError(404, `There is nothing at ${url.pathname}.`);
  }
  const result = await found.route.handle({
    params: found.params,
    query: url.searchParams,
    request,
    response,
    body: (schema) => readBody(request, schema),
  });
  if (!result) return;
  if ('bytes' in result) response.writeHead(200, { 'content-type': result.type }).end(result.bytes);
  else sendJson(response, result.status ?? 200, result.json);
}

function match(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const value = given[index] ?? '';
    if (segment.startsWith(':')) params[segment.slice(1)] = decode(value);
    else if (segment !== value) return undefined;
  }
  return params;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    throw new ControlError(400, 'The address is not well formed.', { cause: error });
  }
}

async function readBody<T>(request: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > LARGEST_BODY_BYTES) throw new ControlError(413, `The body has more than ${LARGEST_BODY_BYTES} bytes.`);
    chunks.push(chunk as Buffer);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  const parsed = schema.safeParse(parseJson(text === '' ? '{}' : text));
  if (parsed.success) return parsed.data;
  throw new ControlError(400, z.prettifyError(parsed.error));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ControlError(400, 'The body is not JSON.', { cause: error });
  }
}

function sendError(response: ServerResponse, error: unknown): void {
  const status = error instanceof ControlError ? error.status : 500;
  const message = error instanceof Error ? error.message : String(error);
  if (response.headersSent) response.destroy();
  else sendJson(response, status, { error: { message } });
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}
