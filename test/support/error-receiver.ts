import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** One report as it arrived. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Header of the envelope, header of the item, event. */
  readonly lines: readonly Record<string, unknown>[];
  readonly body: string;
}

/** An error tracker on this machine that speaks as much of Sentry's protocol as ours does. */
export interface ErrorReceiver extends AsyncDisposable {
  readonly dsn: URL;
  readonly received: Received[];
  /** Resolves with the next report. */
  next(): Promise<Received>;
}

/** @param answer HTTP status of each answer */
export async function startErrorReceiver(answer = 200): Promise<ErrorReceiver> {
  const received: Received[] = [];
  const waiting: ((report: Received) => void)[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const lines = body.trimEnd().split('\n');
      const report = {
        path: request.url ?? '',
        headers: request.headers,
        lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>),
        body,
      };
      received.push(report);
      waiting.shift()?.(report);
      response.writeHead(answer).end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    dsn: new URL(`http://public@127.0.0.1:${(server.address() as AddressInfo).port}/sub/42`),
    received,
    next: () => new Promise((resolve) => waiting.push(resolve)),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
