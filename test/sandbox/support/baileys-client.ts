import type {
  AuthenticationCreds,
  BaileysEventMap,
  SignalKeyStore,
  WAMessage,
  WASocket,
} from '@whiskeysockets/baileys';
import { BufferJSON, initAuthCreds, makeWASocket } from '@whiskeysockets/baileys';
import { quietLibsignal } from '../../../sandbox/phones/quiet-libsignal.ts';

const silent = {
  level: 'silent',
  child: () => silent,
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Auth state in memory that goes through JSON, as a store on disk would. */
export class MemoryAuth {
  creds: AuthenticationCreds = initAuthCreds();
  readonly rows = new Map<string, string>();

  readonly keys = {
    get: (type: string, ids: string[]) =>
      Object.fromEntries(
        ids.flatMap((id) => {
          const row = this.rows.get(`${type} ${id}`);
          return row === undefined ? [] : [[id, JSON.parse(row, BufferJSON.reviver)]];
        }),
      ),
    set: (data: Record<string, Record<string, unknown> | undefined>) => {
      for (const [type, entries] of Object.entries(data)) {
        for (const [id, value] of Object.entries(entries ?? {})) {
          if (value === null || value === undefined) this.rows.delete(`${type} ${id}`);
          else this.rows.set(`${type} ${id}`, JSON.stringify(value, BufferJSON.replacer));
        }
      }
    },
  } as SignalKeyStore;

  /** A copy as it would be found after a crash now. */
  clone(): MemoryAuth {
    const copy = new MemoryAuth();
    copy.creds = JSON.parse(JSON.stringify(this.creds, BufferJSON.replacer), BufferJSON.reviver);
    for (const [key, row] of this.rows) copy.rows.set(key, row);
    return copy;
  }
}

/** An unmodified Baileys socket with its events kept, so that tests can wait for past and future ones. */
export class BaileysClient {
  readonly socket: WASocket;
  readonly auth: MemoryAuth;
  readonly #seen: { name: string; value: unknown }[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(url: string, auth = new MemoryAuth(), options: Record<string, unknown> = {}) {
    quietLibsignal();
    this.auth = auth;
    this.socket = makeWASocket({
      waWebSocketUrl: url,
      auth: { creds: auth.creds, keys: auth.keys },
      logger: silent,
      emitOwnEvents: false,
      getMessage: async () => undefined,
      ...options,
    });
    this.socket.ev.on('creds.update', (update) => Object.assign(auth.creds, update));
    const names = [
      'connection.update',
      'creds.update',
      'messages.upsert',
      'messages.update',
      'message-receipt.update',
      'messages.reaction',
      'groups.upsert',
      'messaging-history.set',
    ] as const;
    for (const name of names) this.socket.ev.on(name, (value: BaileysEventMap[typeof name]) => this.#see(name, value));
    this.socket.ws.on('CB:ack,class:message', (ack: { attrs: object }) => this.#see('ack', ack.attrs));
    this.socket.ws.on('CB:notification', (notification: { attrs: object }) =>
      this.#see('notification', notification.attrs),
    );
    this.socket.ws.on('CB:receipt', (receipt: { attrs: object }) => this.#see('receipt', receipt.attrs));
  }

  #see(name: string, value: unknown): void {
    this.#seen.push({ name, value });
    for (const check of this.#waiting) check();
  }

  /** The first event of that name, past or future, for which `pick` returns something. */
  async until<T>(name: string, pick: (value: never) => T | undefined, timeoutMs = 10_000): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const check = (): void => {
      for (const each of this.#seen) {
        const found = each.name === name ? pick(each.value as never) : undefined;
        if (found !== undefined) return resolve(found);
      }
    };
    const late = new Error(`no ${name} that was waited for within ${timeoutMs} ms`);
    const timer = setTimeout(() => reject(late), timeoutMs);
    this.#waiting.add(check);
    check();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(check);
    }
  }

  qr(): Promise<string> {
    return this.until('connection.update', (update: { qr?: string }) => update.qr);
  }

  async open(): Promise<this> {
    await this.until(
      'connection.update',
      (update: { connection?: string }) => update.connection === 'open' || undefined,
    );
    return this;
  }

  /** The status code with which the connection closed. */
  closed(timeoutMs?: number): Promise<number> {
    return this.until(
      'connection.update',
      (update: { connection?: string; lastDisconnect?: { error?: { output?: { statusCode: number } } } }) =>
        update.connection === 'close' ? (update.lastDisconnect?.error?.output?.statusCode ?? 0) : undefined,
      timeoutMs,
    );
  }

  message(matches: (message: WAMessage, type: string) => boolean, timeoutMs?: number): Promise<WAMessage> {
    return this.until(
      'messages.upsert',
      (event: { messages: WAMessage[]; type: string }) => event.messages.find((each) => matches(each, event.type)),
      timeoutMs,
    );
  }

  /** Every message that was upserted so far. */
  messages(): { message: WAMessage; type: string }[] {
    return this.#seen
      .filter((each) => each.name === 'messages.upsert')
      .flatMap((each) => {
        const { messages, type } = each.value as { messages: WAMessage[]; type: string };
        return messages.map((message) => ({ message, type }));
      });
  }

  ack(id: string, timeoutMs?: number): Promise<Record<string, string>> {
    return this.until('ack', (attrs: Record<string, string>) => (attrs['id'] === id ? attrs : undefined), timeoutMs);
  }

  /** Whether an ack for that message has come so far. */
  hasAck(id: string): boolean {
    return this.#seen.some(({ name, value }) => name === 'ack' && (value as { id: string }).id === id);
  }

  receipt(id: string, type: string | undefined): Promise<Record<string, string>> {
    return this.until('receipt', (attrs: Record<string, string>) =>
      attrs['id'] === id && attrs['type'] === type ? attrs : undefined,
    );
  }

  /** Cuts the line without a word, as a kill of the process does. */
  kill(): void {
    this.socket.ev.removeAllListeners('connection.update');
    (this.socket.ws as unknown as { socket: { terminate(): void } }).socket.terminate();
  }

  async end(): Promise<void> {
    await this.socket.end(undefined);
  }
}
