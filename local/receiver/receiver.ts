import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { readBody } from '../aws/json-protocol.ts';
import { type Behaviour, type Reaction, react, WELL } from './behaviour.ts';

/** One webhook as it arrived. */
export interface Arrival {
  readonly atMs: number;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The HTTP status that we answered; 0 where we did not. */
  readonly answered: number;
  readonly reaction: Reaction;
}

export interface Receiver {
  /** Where to point a webhook: `http://127.0.0.1:<port>/`. */
  readonly url: string;
  readonly arrivals: readonly Arrival[];
  /** The status of every further answer. @param status HTTP status, 200 by default */
  answerWith(status: number): void;
  /** How to treat every further webhook. */
  behave(behaviour: Behaviour): void;
  behaviour(): Behaviour;
  /** Resolves with the first arrival, past or coming, that `wanted` accepts. Rejects after `timeoutMs`. */
  waitFor(wanted: (arrival: Arrival) => boolean, timeoutMs?: number): Promise<Arrival>;
  onArrival(listener: (arrival: Arrival) => void): void;
  /** Hears of each verification handshake that was answered. */
  onHandshake(listener: () => void): void;
  /** Refuses connections, as a receiver that is down. */
  stopListening(): Promise<void>;
  /** Takes them again, on the same port. */
  listenAgain(): Promise<void>;
  close(): Promise<void>;
}

/** Meta sends at most 3 MB, Pombo 256 KiB; this is a bound for a test tool, not a contract. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;
const DRIP_EACH_MS = 1000;

/**
 * Starts a webhook receiver on 127.0.0.1.
 * @param options.port TCP port, 0 for any free one
 * @param options.random 0 to 1, for receivers that fail now and then
 */
export async function startReceiver(options: {
  port: number;
  now: () => number;
  random?: () => number;
}): Promise<Receiver> {
  const arrivals: Arrival[] = [];
  const listeners = new Set<(arrival: Arrival) => void>();
  const handshakes = new Set<() => void>();
  let behaviour = WELL;
  const random = options.random ?? (() => 0);

  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request, MAX_BODY_BYTES);
    const { reaction, delayMs, next } = react(behaviour, random());
    behaviour = next;
    const arrived = { atMs: options.now(), path: request.url ?? '/', headers: request.headers, body, reaction };
    if (delayMs > 0) await wait(delayMs);
    // Who waited in vain has heard nothing.
    const answered = reaction.kind === 'answer' && !response.destroyed ? reaction.status : 0;
    const arrival = { ...arrived, answered };
    arrivals.push(arrival);
    carryOut(reaction, response);
    for (const listener of listeners) listener(arrival);
  };
  const server = createServer((request, response) => {
    const challenge = challengeOf(request);
    if (challenge !== undefined) {
      response.writeHead(200, { 'content-type': 'text/plain' }).end(challenge);
      for (const listener of handshakes) listener();
      return;
    }
    void take(request, response).catch(() => response.writeHead(413).end());
  });
  await listen(server, options.port);
  const { port } = server.address() as AddressInfo;
  const stopListening = (): Promise<void> =>
    new Promise((resolve) => {
      if (!server.listening) return resolve();
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    url: `http://127.0.0.1:${port}/`,
    arrivals,
    answerWith: (status) => {
      behaviour = { ...WELL, reaction: { kind: 'answer', status, headers: {} }, share: status === 200 ? 0 : 1 };
    },
    behave: (wanted) => {
      behaviour = wanted;
    },
    behaviour: () => behaviour,
    waitFor: (wanted, timeoutMs = 15_000) => waitFor(arrivals, listeners, wanted, timeoutMs),
    onArrival: (listener) => void listeners.add(listener),
    onHandshake: (listener) => void handshakes.add(listener),
    stopListening,
    listenAgain: async () => {
      if (!server.listening) await listen(server, port);
    },
    close: stopListening,
  };
}

const listen = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });

/** Meta's handshake: what to answer to `GET ?hub.mode=subscribe&hub.challenge=…`. */
function challengeOf({ method, url }: IncomingMessage): string | undefined {
  if (method !== 'GET') return undefined;
  const { searchParams } = new URL(url ?? '/', 'http://receiver');
  return searchParams.get('hub.mode') === 'subscribe' ? (searchParams.get('hub.challenge') ?? undefined) : undefined;
}

function carryOut(reaction: Reaction, response: ServerResponse): void {
  switch (reaction.kind) {
    case 'answer':
      response.writeHead(reaction.status, reaction.headers).end();
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'drip':
      drip(response);
  }
}

function drip(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/plain' });
  const timer = setInterval(() => response.write('.'), DRIP_EACH_MS);
  response.on('close', () => clearInterval(timer));
}

function waitFor(
  arrivals: readonly Arrival[],
  listeners: Set<(arrival: Arrival) => void>,
  wanted: (arrival: Arrival) => boolean,
  timeoutMs: number,
): Promise<Arrival> {
  const past = arrivals.find(wanted);
  if (past) return Promise.resolve(past);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      listeners.delete(listen);
      reject(new Error(`No such webhook within ${timeoutMs} ms; ${arrivals.length} others arrived.`));
    }, timeoutMs);
    const listen = (arrival: Arrival): void => {
      if (!wanted(arrival)) return;
      clearTimeout(timer);
      listeners.delete(listen);
      resolve(arrival);
    };
    listeners.add(listen);
  });
}
