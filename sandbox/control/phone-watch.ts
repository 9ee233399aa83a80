import type { PhoneEvent } from '../phones/phone-events.ts';

/** How long a wait lasts unless told otherwise. */
const DEFAULT_WAIT_MS = 15_000;

type Source = (signal: AbortSignal, onListening: () => void) => AsyncGenerator<PhoneEvent>;

/** Keeps every event of a phone from a moment on, so that whoever looks for one finds it however early it came. */
export class PhoneWatch {
  readonly #events: PhoneEvent[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #hangUp = new AbortController();

  /** Resolves once events are being kept. Rejects when the stream cannot be had. */
  start(source: Source): Promise<void> {
    return new Promise((resolve, reject) => {
      const listen = async (): Promise<void> => {
        for await (const event of source(this.#hangUp.signal, resolve)) {
          this.#events.push(event);
          for (const look of this.#waiting) look();
        }
      };
      listen().catch(reject);
    });
  }

  /** All events so far, oldest first. */
  get events(): readonly PhoneEvent[] {
    return this.#events;
  }

  /** The first event, past or future, that `matches`. Rejects after `timeoutMs` milliseconds. */
  async until(matches: (event: PhoneEvent) => boolean, timeoutMs = DEFAULT_WAIT_MS): Promise<PhoneEvent> {
    const { promise, resolve, reject } = Promise.withResolvers<PhoneEvent>();
    const look = (): void => {
      const found = this.#events.find(matches);
      if (found) resolve(found);
    };
    const timer = setTimeout(() => reject(new Error(`No such event within ${timeoutMs} ms.`)), timeoutMs);
    this.#waiting.add(look);
    look();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(look);
    }
  }

  stop(): void {
    this.#hangUp.abort();
  }
}
