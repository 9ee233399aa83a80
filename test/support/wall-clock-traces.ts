import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Times as text: ISO 8601, as in HTTP, as in Signature Version 4, and seconds or milliseconds since the epoch. */
const TIMES: readonly { readonly pattern: RegExp; readonly toMs: (text: string) => number }[] = [
  {
    pattern: /(?<!\d)\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|\+00:00))?/g,
    toMs: (text) => Date.parse(text.replace('+0000', 'Z')),
  },
  { pattern: /[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT/g, toMs: Date.parse },
  {
    pattern: /(?<!\d)\d{8}T\d{6}Z/g,
    toMs: (text) => Date.parse(text.replace(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/, '$1-$2-$3T$4:$5:$6Z')),
  },
  { pattern: /(?<![\w-])[12]\d{12}(?![\w-])/g, toMs: Number },
  { pattern: /(?<![\w-])[12]\d{9}(?![\w-])/g, toMs: (text) => Number(text) * 1000 },
];

/** Every time that a text tells, milliseconds since the epoch, with its words. */
export function timesIn(text: string): { readonly words: string; readonly atMs: number }[] {
  return TIMES.flatMap(({ pattern, toMs }) =>
    [...text.matchAll(pattern)].map(([words]) => ({ words, atMs: toMs(words) })),
  );
}

const DAY_MS = 24 * 3_600_000;
/** What was read from this machine's clock lies near the time of the test. */
const isOfToday = (atMs: number): boolean => Math.abs(atMs - Date.now()) < 2 * DAY_MS;

/** Collects what parts of Pombo say, and finds in it what they can only have from the machine's clock. */
export class WallClockTraces {
  readonly #virtualFromMs: number;
  readonly #findings = new Set<string>();
  readonly #virtual = new Map<string, number>();
  readonly #ports: ReadonlySet<number>;
  readonly #onRequest = (message: unknown): void =>
    this.#heard(message as { request: IncomingMessage; response: ServerResponse });

  /**
   * Listens to all HTTP servers of this process.
   * @param virtualFromMs where the virtual time begins, far from the machine's
   * @param foreignPorts servers that are no part of Pombo
   */
  constructor(virtualFromMs: number, foreignPorts: readonly number[] = []) {
    // A date without a time is its midnight.
    this.#virtualFromMs = virtualFromMs - DAY_MS;
    this.#ports = new Set(foreignPorts);
    subscribe('http.server.request.start', this.#onRequest);
  }

  /** @param source who says it @param said text, or anything that JSON can carry */
  note(source: string, said: unknown): void {
    const text = typeof said === 'string' ? said : (JSON.stringify(said) ?? '');
    for (const { words, atMs } of timesIn(text)) {
      if (atMs >= this.#virtualFromMs) this.#virtual.set(source, (this.#virtual.get(source) ?? 0) + 1);
      else if (isOfToday(atMs)) this.#findings.add(`${source}: ${words} in ${around(text, words)}`);
    }
  }

  /** What was read from the machine's clock, one sentence each. */
  get findings(): readonly string[] {
    return [...this.#findings];
  }

  /** Who told a virtual time, sorted. */
  get sources(): readonly string[] {
    return [...this.#virtual.keys()].toSorted();
  }

  stop(): void {
    unsubscribe('http.server.request.start', this.#onRequest);
  }

  #heard({ request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse }): void {
    const address = request.socket.address() as AddressInfo;
    const foreign = this.#ports.has(address.port);
    this.note(foreign ? 'webhook' : 'request', request.headers);
    if (foreign) return;
    const end = response.end.bind(response);
    response.end = ((...args: Parameters<ServerResponse['end']>) => {
      if (response.sendDate && !response.hasHeader('date'))
        this.#findings.add(`${request.method} ${request.url}: Node's own Date header`);
      if (Buffer.isBuffer(args[0]) || typeof args[0] === 'string') this.note('answer', args[0].toString());
      return end(...args);
    }) as ServerResponse['end'];
    response.once('finish', () => this.note('answer', response.getHeaders()));
  }
}

const CONTEXT = 60;
function around(text: string, words: string): string {
  const at = text.indexOf(words);
  return text.slice(Math.max(0, at - CONTEXT), at + words.length + CONTEXT);
}
