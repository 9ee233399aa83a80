import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '#core/domain/clock.ts';

/** One POST that came in. */
export interface Received {
  /** Path of the endpoint's URL, without its slash. */
  readonly endpoint: string;
  readonly id: string;
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
  /** Of the clock that was given. */
  readonly atMs: number;
  readonly status: number;
}

/** What a receiver does with one request. A `delayMs` is of the clock that was given; `hang` never answers. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly delayMs?: number;
  readonly hang?: boolean;
}

export type Behaviour = (request: Omit<Received, 'status'>) => Answer;

const OK: Behaviour = () => ({ status: 200 });

/** Many webhook receivers on one port, one a path, each with a behaviour that a test may change at any time. */
export class ScriptedReceiver {
  readonly received: Received[] = [];
  readonly #behaviours = new Map<string, Behaviour>();
  /** Told of each request that waits for the time of the clock; returns what to call at its end. */
  hold: () => () => void = () => () => undefined;
  readonly #server: Server;
  readonly #clock: Clock;

  private constructor(clock: Clock) {
    this.#clock = clock;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(clock: Clock): Promise<ScriptedReceiver> {
    const receiver = new ScriptedReceiver(clock);
    await new Promise<void>((resolve) => void receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  url(endpoint: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${endpoint}`;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  behave(endpoint: string, behaviour: Behaviour): void {
    this.#behaviours.set(endpoint, behaviour);
  }

  at(endpoint: string): Received[] {
    return this.received.filter((each) => each.endpoint === endpoint);
  }

  /** Those that the endpoint took. */
  taken(endpoint: string): Received[] {
    return this.at(endpoint).filter(({ status }) => status >= 200 && status <= 299);
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const endpoint = (request.url ?? '/').slice(1);
    const id = String(request.headers['webhook-id'] ?? '');
    const body = Buffer.concat(chunks).toString('utf8');
    const asked = { endpoint, id, body, headers: request.headers, atMs: this.#clock.now() };
    const answer = (this.#behaviours.get(endpoint) ?? OK)(asked);
    const { status, headers = {}, body: text = '', delayMs = 0, hang = false } = answer;
    this.received.push({ ...asked, status: hang ? 0 : status });
    if (hang || delayMs > 0) {
      const release = this.hold();
      // Whoever asked may hang up first.
      response.once('close', release);
      if (hang) return;
      await new Promise<void>((resolve) => void this.#clock.after(delayMs, resolve));
      release();
    }
    response.writeHead(status, headers).end(text);
  }
}
