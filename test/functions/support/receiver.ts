import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request as a webhook receiver saw it. */
export interface Received {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A receiver on 127.0.0.1 that answers as it is told. */
export async function startTestReceiver() {
  const received: Received[] = [];
  const listeners = new Set<() => void>();
  let answer = (_: Received, response: ServerResponse): void => void response.end();
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const url = new URL(request.url ?? '/', 'http://receiver');
      const one = { method: request.method ?? '', url, headers: request.headers, body };
      received.push(one);
      answer(one, response);
      for (const listener of listeners) listener();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    /** How every further request is answered. */
    answerWith: (next: typeof answer) => {
      answer = next;
    },
    /** Resolves with the first request, past or coming, that is wanted. Rejects after `timeoutMs`. */
    waitFor: (wanted: (one: Received) => boolean, timeoutMs = 20_000): Promise<Received> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = received.find(wanted);
          if (!found) return;
          clearTimeout(timer);
          listeners.delete(look);
          resolve(found);
        };
        const timer = setTimeout(() => {
          listeners.delete(look);
          reject(new Error(`no such request within ${timeoutMs} ms; ${received.length} others came`));
        }, timeoutMs);
        listeners.add(look);
        look();
      }),
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

export type TestReceiver = Awaited<ReturnType<typeof startTestReceiver>>;
