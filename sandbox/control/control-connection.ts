import type { PhoneEvent } from '../phones/phone-events.ts';

/** What a wait looks for: in each event, and once in what is there already. */
export interface Wait<T> {
  readonly fromEvent: (event: PhoneEvent) => T | undefined;
  readonly already: () => Promise<T | undefined>;
  readonly timeoutMs: number;
}

/** Requests and event streams of one sandbox's control API. */
export class ControlConnection {
  readonly #url: string;

  constructor(controlUrl: string) {
    this.#url = controlUrl.replace(/\/+$/, '');
  }

  /** Sends a request and returns the JSON of the answer, which the caller knows. Rejects with the API's sentence. */
  async call(method: string, path: string, body?: object): Promise<unknown> {
    const response = await this.#fetch(method, path, { body });
    return response.json();
  }

  async bytes(path: string): Promise<Buffer> {
    const response = await this.#fetch('GET', path, {});
    return Buffer.from(await response.arrayBuffer());
  }

  /** A phone's events from now on until `signal` aborts; `onListening` is called once nothing is missed any more. */
  async *events(path: string, signal: AbortSignal, onListening?: () => void): AsyncGenerator<PhoneEvent> {
    const response = await this.#fetch('GET', path, { signal });
    const decoder = new TextDecoder();
    let buffered = '';
    for await (const chunk of response.body ?? []) {
      buffered += decoder.decode(chunk as Uint8Array, { stream: true });
      const blocks = buffered.split('\n\n');
      buffered = blocks.pop() ?? '';
      for (const block of blocks) {
        if (block.startsWith(':')) onListening?.();
        else if (block.startsWith('data: ')) yield JSON.parse(block.slice('data: '.length)) as PhoneEvent;
      }
    }
  }

  /** Resolves with the first thing found. Rejects when nothing is found in time. */
  async wait<T>(path: string, wait: Wait<T>): Promise<T> {
    const hangUp = new AbortController();
    const late = new Error(`Nothing that was waited for came to ${path} within ${wait.timeoutMs} ms.`);
    const timer = setTimeout(() => hangUp.abort(late), wait.timeoutMs);
    try {
      return await this.#firstFound(path, wait, hangUp.signal);
    } finally {
      clearTimeout(timer);
      hangUp.abort();
    }
  }

  #firstFound<T>(path: string, wait: Wait<T>, signal: AbortSignal): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    // What is there already is looked up once events are being listened to, so that nothing falls between.
    const lookUp = (): void => {
      wait.already().then((found) => found !== undefined && resolve(found), reject);
    };
    const listen = async (): Promise<void> => {
      for await (const event of this.events(path, signal, lookUp)) {
        const found = wait.fromEvent(event);
        if (found !== undefined) return resolve(found);
      }
      reject(new Error('The sandbox ended the stream of events.'));
    };
    listen().catch((error: unknown) => reject(signal.aborted ? signal.reason : error));
    return promise;
  }

  async #fetch(
    method: string,
    path: string,
    { body, signal }: { readonly body?: object | undefined; readonly signal?: AbortSignal },
  ): Promise<Response> {
    const init: RequestInit = { method };
    if (body !== undefined) init.body = JSON.stringify(body);
    if (signal !== undefined) init.signal = signal;
    const response = await fetch(`${this.#url}${path}`, init);
    if (response.ok) return response;
    const text = await response.text();
    throw new Error(sentenceIn(text) ?? `The sandbox answered ${response.status} to ${method} ${path}: ${text}`);
  }
}

function sentenceIn(text: string): string | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: string } };
    return error?.message;
  } catch {
    return undefined;
  }
}
