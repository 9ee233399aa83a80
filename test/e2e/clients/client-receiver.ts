import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What a client made of a webhook. */
export interface Heard {
  /** A message as the client hands it on, whatever the case of its names. */
  readonly messages: readonly HeardMessage[];
  readonly statuses: readonly { readonly id: string; readonly status: string }[];
}
export interface HeardMessage {
  readonly id: string;
  readonly type: string;
}

export interface WebhookRequest {
  readonly headers: IncomingHttpHeaders;
  /** As it came over the wire. */
  readonly body: string;
}

/** How a client takes webhooks, with its own code only. */
export interface ClientEars {
  /** Meta's handshake. Undefined: the client has no method for it. @returns what to answer. @throws if the token is wrong */
  readonly shakeHands?: (query: Readonly<Record<string, string>>, verifyToken: string) => Promise<string>;
  /** Checks the signature and reads the body. @throws if the signature is wrong */
  readonly hear: (request: WebhookRequest, secret: string) => Promise<Heard>;
}

export interface ClientReceiver {
  readonly url: string;
  /** Of the webhook. To be set before the first one arrives. */
  secret: string;
  /** Of Meta's handshake. */
  readonly verifyToken: string;
  /** Handshakes that the client's own code has answered. */
  readonly handshakes: number;
  /** Why the client refused webhooks; empty if all is well. */
  readonly refusals: readonly string[];
  /** The last webhook. */
  readonly last: WebhookRequest | undefined;
  /** Resolves with the first thing heard that `wanted` accepts, past or coming. */
  waitFor(wanted: (heard: Heard) => boolean, timeoutMs?: number): Promise<Heard>;
  close(): Promise<void>;
}

/** A server whose answers are a client's. */
export async function startClientReceiver(name: string, ears: ClientEars): Promise<ClientReceiver> {
  const heard: Heard[] = [];
  const listeners = new Set<() => void>();
  const refusals: string[] = [];
  const state = { secret: '', handshakes: 0, last: undefined as WebhookRequest | undefined };
  const verifyToken = `token of ${name}`;

  async function answer(method: string, url: string, request: WebhookRequest): Promise<[number, string]> {
    try {
      if (method === 'GET') {
        const query = Object.fromEntries(new URL(url, 'http://receiver').searchParams);
        const challenge = await (ears.shakeHands?.(query, verifyToken) ?? query['hub.challenge'] ?? '');
        if (ears.shakeHands) state.handshakes += 1;
        return [200, challenge];
      }
      heard.push(await ears.hear(request, state.secret));
      state.last = request;
      for (const listener of listeners) listener();
      return [200, ''];
    } catch (error) {
      if (method === 'POST') refusals.push(String(error));
      return [403, String(error)];
    }
  }
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '', headers } = request;
    const [status, body] = await answer(method, url, { headers, body: await text(request) });
    response.writeHead(status, { 'content-type': 'text/plain' }).end(body);
  };
  const server = createServer((request, response) => void take(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    verifyToken,
    refusals,
    get handshakes() {
      return state.handshakes;
    },
    get last() {
      return state.last;
    },
    get secret() {
      return state.secret;
    },
    set secret(secret) {
      state.secret = secret;
    },
    waitFor: (wanted, timeoutMs = 15_000) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = heard.find(wanted);
          if (!found) return;
          clearTimeout(timer);
          listeners.delete(look);
          resolve(found);
        };
        const timer = setTimeout(() => {
          listeners.delete(look);
          reject(new Error(`${name} has not heard of it within ${timeoutMs} ms. Refusals: ${refusals.join('; ')}`));
        }, timeoutMs);
        listeners.add(look);
        look();
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
