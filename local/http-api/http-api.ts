import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, systemClock } from '#core/domain/clock.ts';
import { AwsError, readBody } from '../aws/json-protocol.ts';
import type { InvocationResult } from '../lambda/function-definition.ts';
import { type LogSink, printable } from '../logs/log-line.ts';
import { type CorsConfiguration, corsHeaders, isPreflight, preflightHeaders } from './cors.ts';
import { toEvent } from './request-event.ts';
import { type GatewayResponse, gatewayError, toResponse } from './response-mapping.ts';
import type { Route, RouteTable } from './route-table.ts';
import { TokenBucket } from './token-bucket.ts';

/** What a route leads to. */
export interface Integration {
  readonly functionName: string;
  /** At most 30 s: "Integration timeout 30 seconds" (quotas of HTTP APIs). */
  readonly timeoutMs: number;
}

export interface HttpApiConfig {
  readonly apiId: string;
  readonly accountId: string;
  readonly routes: RouteTable<Integration>;
  readonly cors: CorsConfiguration | undefined;
  /** The stage's throttling. */
  readonly throttling: { readonly ratePerSecond: number; readonly burst: number } | undefined;
}

export interface HttpApiOptions {
  readonly clock: Clock;
  readonly log: LogSink;
  /** Runs a function. @throws AwsError as Lambda's Invoke does */
  readonly invoke: (functionName: string, event: string) => Promise<InvocationResult>;
  /** Hears of each answer of a configured API, the gateway's own ones too. */
  readonly onAnswer?: ((answer: GatewayAnswer) => void) | undefined;
}

export interface GatewayAnswer {
  readonly apiId: string;
  readonly status: number;
  /** From the request's head to the answer's, milliseconds. */
  readonly latencyMs: number;
}

export type HttpApiRoute = Route<Integration>;

/** "Payload size 10 MB" (quotas of HTTP APIs). */
const MAX_BODY_BYTES = 10 * 1024 * 1024;
/** "Total combined size of request line and header values 10,240 bytes" (quotas of HTTP APIs). */
const MAX_HEADER_BYTES = 10_240;

/** Long enough for a request that is answered at all. */
const CLOSE_WITHIN_MS = 2000;

const INTERNAL_SERVER_ERROR = gatewayError(500, 'Internal Server Error');
const SERVICE_UNAVAILABLE = gatewayError(503, 'Service Unavailable');

/** An API Gateway HTTP API with Lambda integrations on 127.0.0.1. Answers 503 until it is configured. */
export class HttpApi {
  readonly #options: HttpApiOptions;
  readonly #server: Server;
  #config: HttpApiConfig | undefined;
  #bucket: TokenBucket | undefined;

  private constructor(options: HttpApiOptions) {
    this.#options = options;
    this.#server = createServer({ maxHeaderSize: 2 * MAX_HEADER_BYTES }, (request, response) => {
      void this.#serve(request, response);
    });
  }

  /** @param port TCP port; 0 for any free one. @throws the system's error when the port is in use */
  static async listen(port: number, options: HttpApiOptions): Promise<HttpApi> {
    const api = new HttpApi(options);
    await new Promise<void>((resolve, reject) => {
      api.#server.once('error', reject);
      api.#server.listen(port, '127.0.0.1', resolve);
    });
    return api;
  }

  /** `http://127.0.0.1:<port>` */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  configure(config: HttpApiConfig): void {
    this.#config = config;
    const { throttling } = config;
    this.#bucket = throttling && new TokenBucket(this.#options.clock, throttling.ratePerSecond, throttling.burst);
  }

  /** Takes no further request and lets those under way end, for two seconds of real time. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      const cut = systemClock.after(CLOSE_WITHIN_MS, () => this.#server.closeAllConnections());
      this.#server.close(() => {
        cut();
        resolve();
      });
      this.#server.closeIdleConnections();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { clock, log } = this.#options;
    const requestId = randomUUID();
    const startedMs = clock.monotonic();
    const answer = await this.#answer(request, requestId).catch((error: unknown): GatewayResponse => {
      log({ part: 'api', level: 'error', text: `The gateway failed: ${String(error)}`, fields: { requestId } });
      return INTERNAL_SERVER_ERROR;
    });
    response.setHeader('date', new Date(clock.now()).toUTCString());
    const headers = { ...answer.headers, 'apigw-requestid': requestId, 'content-length': String(answer.body.length) };
    if (answer.status === 413) response.setHeader('connection', 'close');
    response.writeHead(answer.status, headers as Record<string, string | string[]>);
    response.end(request.method === 'HEAD' ? undefined : answer.body);
    const latencyMs = clock.monotonic() - startedMs;
    const took = Math.round(latencyMs);
    if (this.#config) this.#options.onAnswer?.({ apiId: this.#config.apiId, status: answer.status, latencyMs });
    const path = printable((request.url ?? '').split('?')[0] ?? '');
    log({
      part: 'api',
      level: answer.status >= 500 ? 'error' : 'debug',
      text: `${request.method} ${path} ${answer.status} ${took} ms`,
      fields: { requestId },
    });
  }

  async #answer(request: IncomingMessage, requestId: string): Promise<GatewayResponse> {
    const config = this.#config;
    if (!config) return SERVICE_UNAVAILABLE;
    const { method = 'GET', headers } = request;
    if (config.cors && isPreflight(method, headers))
      return { status: 204, headers: preflightHeaders(config.cors, headers.origin ?? ''), body: Buffer.alloc(0) };
    const answer = await this.#route(request, requestId, config);
    if (!config.cors) return answer;
    const own = Object.entries(answer.headers).filter(([name]) => !name.startsWith('access-control-'));
    return { ...answer, headers: { ...Object.fromEntries(own), ...corsHeaders(config.cors, headers.origin) } };
  }

  async #route(request: IncomingMessage, requestId: string, config: HttpApiConfig): Promise<GatewayResponse> {
    const { method = 'GET', headers, url = '/' } = request;
    if (headerBytes(request) > MAX_HEADER_BYTES) return gatewayError(431, 'Request Header Fields Too Large');
    if (this.#bucket && !this.#bucket.take()) return gatewayError(429, 'Too Many Requests');
    const question = url.indexOf('?');
    const path = decodePath(question < 0 ? url : url.slice(0, question));
    if (path === undefined) return gatewayError(400, 'Bad Request');
    const match = config.routes.match(method, path);
    if (!match) return gatewayError(404, 'Not Found');
    const body = await bodyOf(request);
    if (!body) return gatewayError(413, 'Request Entity Too Large');
    const event = toEvent({
      method,
      path,
      rawQuery: question < 0 ? '' : url.slice(question + 1),
      headers,
      body,
      sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
      requestId,
      routeKey: match.routeKey,
      pathParameters: match.pathParameters,
      apiId: config.apiId,
      accountId: config.accountId,
      timeMs: this.#options.clock.now(),
    });
    return this.#integrate(match.target, JSON.stringify(event));
  }

  async #integrate({ functionName, timeoutMs }: Integration, event: string): Promise<GatewayResponse> {
    const { clock, invoke } = this.#options;
    const { promise: timedOut, resolve } = Promise.withResolvers<undefined>();
    const cancel = clock.after(timeoutMs, () => resolve(undefined));
    try {
      const result = await Promise.race([invoke(functionName, event), timedOut]);
      if (!result) return SERVICE_UNAVAILABLE;
      return result.ok ? toResponse(result.payload) : INTERNAL_SERVER_ERROR;
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return error.status === 413 ? gatewayError(413, 'Request Entity Too Large') : SERVICE_UNAVAILABLE;
    } finally {
      cancel();
    }
  }
}

function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return undefined;
  try {
    return await readBody(request, MAX_BODY_BYTES);
  } catch (error) {
    if (error instanceof AwsError && error.status === 413) return undefined;
    throw error;
  }
}

const headerBytes = ({ method = '', url = '', rawHeaders }: IncomingMessage): number =>
  rawHeaders.reduce((sum, part) => sum + Buffer.byteLength(part), method.length + Buffer.byteLength(url));
