import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readBody } from '../aws/json-protocol.ts';

/** One webhook as it arrived. */
export interface Arrival {
  readonly atMs: number;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The HTTP status that we answered. */
  readonly answered: number;
}

export interface Receiver {
  /** Where to point a webhook: `http://127.0.0.1:<port>/`. */
  readonly url: string;
  readonly arrivals: readonly Arrival[];
  /** The status of every further answer. @param status HTTP status, 200 by default */
  answerWith(status: number): void;
  /** Resolves with the first arrival, past or coming, that `wanted` accepts. Rejects after `timeoutMs`. */
  waitFor(wanted: (arrival: Arrival) => boolean, timeoutMs?: number): Promise<Arrival>;
  onArrival(listener: (arrival: Arrival) => void): void;
  close(): Promise<void>;
}

/** Meta sends at most 3 MB, Pombo 256 KiB; this is a bound for a test tool, not a contract. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** Starts a webhook receiver on 127.0.0.1. @param options.port TCP port, 0 for any free one */
export async function startReceiver(options: { port: number; now: () => number }): Promise<Receiver> {
  const arrivals: Arrival[] = [];
  const listeners = new Set<(arrival: Arrival) => void>();
  let status = 200;
  const server = createServer((request, response) => {
    void readBody(request, MAX_BODY_BYTES).then(
      (body) => {
        const arrival: Arrival = {
          atMs: options.now(),
          path: request.url ?? '/',
          headers: request.headers,
          body,
          answered: status,
        };
        arrivals.push(arrival);
        response.writeHead(status).end();
        for (const listener of listeners) listener(arrival);
      },
      () => response.writeHead(413).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    arrivals,
    answerWith: (next) => {
      status = next;
    },
    waitFor: (wanted, timeoutMs = 15_000) => waitFor(arrivals, listeners, wanted, timeoutMs),
    onArrival: (listener) => void listeners.add(listener),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
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
