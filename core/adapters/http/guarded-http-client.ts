import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { callbackify } from 'node:util';
import type { Clock } from '../../domain/clock.ts';
import { makeAddressGuard } from './address-guard.ts';
import { type ConnectionOptions, guardedConnection, type Lookup } from './guarded-connection.ts';
import { RequestFailed } from './request-failed.ts';

export interface GuardedRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as UTF-8. */
  readonly body: string;
  /** For everything together: name, connection, request, and the whole answer. Milliseconds. */
  readonly timeoutMs: number;
}

type OutgoingRequest = GuardedRequest & { readonly method: 'GET' | 'POST' };

export interface GuardedResponse {
  /** HTTP status; a redirect is an answer like any other. */
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** At most the first 16 KiB, read as UTF-8. */
  readonly body: string;
  /** Address that answered. */
  readonly remoteIp?: string | undefined;
}

export interface GuardedDownload extends Pick<GuardedResponse, 'status' | 'headers' | 'remoteIp'> {
  readonly body: Readable;
}

/** The one HTTP client for URLs that users supply (D11): no private address, no redirect, no proxy, bounded time and size. */
export interface GuardedHttpClient {
  /** @throws RequestFailed when there is no complete answer */
  post(request: GuardedRequest): Promise<GuardedResponse>;
  /** @throws RequestFailed when there is no complete answer */
  get(request: Omit<GuardedRequest, 'body'>): Promise<GuardedResponse>;
  /**
   * Like `get`, of an answer that is too large to be kept: resolves when it begins. The time is over for its body too, which then
   * fails with a RequestFailed. The body has to be read or destroyed.
   * @throws RequestFailed when no answer begins
   */
  open(request: Omit<GuardedRequest, 'body'>): Promise<GuardedDownload>;
  close(): void;
}

/** Of an answer's body nobody reads more than this, bytes. */
const MOST_BODY_BYTES = 16 * 1024;
/** Idle connections are kept this long, milliseconds: less than the 5 s after which Node's own servers hang up. */
const KEEP_ALIVE_MS = 4000;
/** Open connections to one origin. */
const MOST_SOCKETS = 50;

export interface GuardedHttpClientOptions {
  /** CIDRs that may be reached although they are private. */
  readonly privateTargets: readonly string[];
  readonly clock: Clock;
  readonly lookup?: Lookup;
  /** Further certificate authorities, PEM. */
  readonly ca?: string;
}

export function makeGuardedHttpClient(options: GuardedHttpClientOptions): GuardedHttpClient {
  const { clock } = options;
  const connection = { ...options, guard: makeAddressGuard(options.privateTargets) };
  const agents = {
    'http:': guarded(new HttpAgent(KEEP_ALIVE), connection),
    'https:': guarded(new HttpsAgent(KEEP_ALIVE), connection),
  };

  const begin = (request: OutgoingRequest): ClientRequest => {
    const url = new URL(request.url);
    if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new RequestFailed('blocked', 'not an http(s) URL');
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    return send(url, {
      method: request.method,
      agent: agents[url.protocol],
      headers: { ...request.headers, ...(request.body && { 'Content-Length': Buffer.byteLength(request.body) }) },
    });
  };

  const attempt = async (request: OutgoingRequest, deadlineMs: number): Promise<GuardedResponse> => {
    const outgoing = begin(request);
    const cancel = clock.after(deadlineMs - clock.monotonic(), () => {
      outgoing.destroy(tooSlow(request));
    });
    let remoteIp: string | undefined;
    outgoing.once('socket', (socket) => {
      remoteIp = socket.remoteAddress;
    });
    try {
      return { ...(await answerOf(outgoing, request.body)), remoteIp };
    } catch (error) {
      // The server hung up an idle connection in the moment in which we used it again: it has not seen the request.
      if (outgoing.reusedSocket && isReset(error)) return await attempt(request, deadlineMs);
      const failed = RequestFailed.from(error);
      failed.remoteIp ??= remoteIp;
      throw failed;
    } finally {
      cancel();
    }
  };

  return {
    post: (request) => attempt({ ...request, method: 'POST' }, clock.monotonic() + request.timeoutMs),
    get: (request) => attempt({ ...request, method: 'GET', body: '' }, clock.monotonic() + request.timeoutMs),
    async open(request) {
      const outgoing = begin({ ...request, method: 'GET', body: '' });
      let body: Readable | undefined;
      const cancel = clock.after(request.timeoutMs, () => (body ?? outgoing).destroy(tooSlow(request)));
      outgoing.once('close', cancel);
      try {
        const incoming = await beginningOf(outgoing);
        body = incoming;
        const { statusCode = 0, headers, socket } = incoming;
        return { status: statusCode, headers, body, remoteIp: socket.remoteAddress };
      } catch (error) {
        throw RequestFailed.from(error);
      }
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

const KEEP_ALIVE = { keepAlive: true, timeout: KEEP_ALIVE_MS, maxSockets: MOST_SOCKETS } as const;

const isReset = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');

/** Every socket that the agent opens goes through the guard; an idle one that it uses again went through it before. */
function guarded<A extends HttpAgent>(agent: A, options: ConnectionOptions): A {
  agent.createConnection = (wanted, done) => {
    const host = String(wanted.host).replace(/^\[(.*)\]$/, '$1');
    const target = { host, port: Number(wanted.port), tls: agent instanceof HttpsAgent };
    callbackify(guardedConnection)(target, options, (error, socket) => done?.(error, socket));
    return undefined;
  };
  return agent;
}

const tooSlow = ({ timeoutMs }: Pick<GuardedRequest, 'timeoutMs'>): RequestFailed =>
  new RequestFailed('timeout', `no complete answer in ${timeoutMs} ms`);

function beginningOf(outgoing: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once('error', reject);
    outgoing.once('upgrade', () => outgoing.destroy(new RequestFailed('broken', 'the server changed the protocol')));
    outgoing.once('response', resolve);
    outgoing.end();
  });
}

function answerOf(outgoing: ClientRequest, body: string): Promise<GuardedResponse> {
  return new Promise((resolve, reject) => {
    outgoing.once('error', reject);
    outgoing.once('upgrade', () => outgoing.destroy(new RequestFailed('broken', 'the server changed the protocol')));
    outgoing.once('response', (incoming) => readBody(incoming, resolve, reject));
    outgoing.end(body);
  });
}

function readBody(
  incoming: IncomingMessage,
  resolve: (response: GuardedResponse) => void,
  reject: (error: Error) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const finish = (): void => {
    const body = Buffer.concat(chunks).subarray(0, MOST_BODY_BYTES).toString();
    resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body });
  };
  incoming.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes < MOST_BODY_BYTES) return;
    finish();
    incoming.destroy();
  });
  incoming.once('end', finish);
  incoming.once('error', reject);
}
