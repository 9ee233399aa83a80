import { type Clock, sleep } from '#core/domain/clock.ts';
import type { SessionUid } from '#core/domain/ids.ts';
import { keepTrying } from '../keep-trying.ts';
import { type AuthTable, OvertakenError } from './auth-table.ts';
import { PRE_KEY_PREFIX, type PreKey, PreKeyStore } from './pre-key-store.ts';
import { decodeValue, encodeValue } from './value-codec.ts';

/** Changes of one step, by key type and id; null removes. */
export type LedgerChanges = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface AuthLedgerOptions {
  readonly table: AuthTable;
  readonly sessionUid: SessionUid;
  readonly clock: Clock;
  readonly onFailure?: (error: unknown) => void;
}

const CREDENTIALS = 'creds';
const PRE_KEYS = 'pre-key';

/** Rows written at a time for one step; a first send to a large group changes more than a hundred. */
const WRITES_AT_ONCE = 16;

/**
 * Signal state of one session. This process is the only writer, so what it has read or written once it answers from
 * memory, misses too, and pays only for writes (D7). A step resolves when it is durable; an outage of the table holds it
 * back until the ledger is closed.
 */
export class AuthLedger {
  readonly #options: AuthLedgerOptions;
  readonly #preKeys: PreKeyStore;
  readonly #closed = new AbortController();
  #values: Map<string, unknown> = new Map();
  readonly #writing = new Map<string, Promise<void>>();
  #credentialsSaved: Promise<void> = Promise.resolve();
  #credentialsQueued: Uint8Array | undefined;

  private constructor(options: AuthLedgerOptions) {
    this.#options = options;
    this.#preKeys = new PreKeyStore(options.table, options.sessionUid);
  }

  /** Reads all of the session's state but its pre-keys. */
  static async load(options: AuthLedgerOptions): Promise<AuthLedger> {
    const ledger = new AuthLedger(options);
    const entries = await options.table.list(options.sessionUid, { below: PRE_KEY_PREFIX });
    ledger.#values = new Map(entries.map(({ name, value }) => [name, decodeValue(value)]));
    return ledger;
  }

  /** The credentials as they were saved last; undefined before the first pairing. */
  get credentials(): unknown {
    return this.#values.get(CREDENTIALS);
  }

  /** Queues the credentials for writing, in order, the last state wins. Takes a snapshot at once. */
  saveCredentials(credentials: unknown): void {
    this.#values.set(CREDENTIALS, credentials);
    const waiting = this.#credentialsQueued !== undefined;
    this.#credentialsQueued = encodeValue(credentials);
    if (waiting) return;
    const saved = this.#credentialsSaved.then(() => this.#writeCredentials());
    this.#credentialsSaved = saved.catch((error: unknown) => this.#options.onFailure?.(error));
  }

  /** Values by id; absent ids are left out. */
  async get(type: string, ids: readonly string[]): Promise<Record<string, unknown>> {
    const found: Record<string, unknown> = {};
    for (const id of ids) {
      const value = type === PRE_KEYS ? await this.#preKeys.get(Number(id)) : this.#values.get(entryName(type, id));
      if (value !== undefined) found[id] = value;
    }
    return found;
  }

  /** Applies one step: additions and changes first, removals last. Resolves when all of it is durable. */
  async set(changes: LedgerChanges): Promise<void> {
    const puts: (() => Promise<void>)[] = [];
    const removals: (() => Promise<void>)[] = [];
    for (const [type, byId] of Object.entries(changes)) {
      if (type === PRE_KEYS) this.#planPreKeys(byId, puts, removals);
      else this.#plan(type, byId, puts, removals);
    }
    await this.#run(puts);
    await this.#run(removals);
  }

  /** Resolves when everything that was asked for is durable. */
  async flush(): Promise<void> {
    await this.#credentialsSaved;
  }

  /** Ends all attempts; what is not durable yet fails. Only after the socket is gone, or a failure would be acknowledged. */
  close(): void {
    this.#closed.abort(new Error('The session is closed.'));
  }

  /** Removes every entry of the session. */
  static async erase(options: AuthLedgerOptions): Promise<void> {
    const { table, sessionUid } = options;
    const names = [
      ...(await table.names(sessionUid, { below: PRE_KEY_PREFIX })),
      ...(await table.names(sessionUid, { prefix: PRE_KEY_PREFIX })),
    ];
    await atOnce(names.map((name) => () => table.remove(sessionUid, name)));
  }

  #planPreKeys(byId: Readonly<Record<string, unknown>>, puts: Work[], removals: Work[]): void {
    const added = new Map<number, PreKey>();
    const removed: number[] = [];
    for (const [id, value] of Object.entries(byId)) {
      if (value === null || value === undefined) removed.push(Number(id));
      else added.set(Number(id), value as PreKey);
    }
    if (added.size > 0) puts.push(() => this.#preKeys.add(added));
    if (removed.length > 0) removals.push(() => this.#preKeys.remove(removed));
  }

  #plan(type: string, byId: Readonly<Record<string, unknown>>, puts: Work[], removals: Work[]): void {
    const { table, sessionUid } = this.#options;
    for (const [id, value] of Object.entries(byId)) {
      const name = entryName(type, id);
      const known = this.#values.get(name);
      if (value === null || value === undefined) {
        if (known === undefined) continue;
        this.#values.delete(name);
        removals.push(this.#inOrder(name, () => table.remove(sessionUid, name)));
      } else if (!isSame(known, value)) {
        this.#values.set(name, value);
        const entry = { name, value: encodeValue(value) };
        puts.push(this.#inOrder(name, () => table.put(sessionUid, entry)));
      }
    }
  }

  #run(works: readonly Work[]): Promise<void> {
    return atOnce(works.map((work) => () => this.#insist(work)));
  }

  /** Two steps may change one entry at a time; the later one must not be overtaken on the wire. */
  #inOrder(name: string, work: Work): Work {
    const before = this.#writing.get(name) ?? Promise.resolve();
    let done = (): void => undefined;
    const finished = new Promise<void>((resolve) => (done = resolve));
    this.#writing.set(name, finished);
    return async () => {
      await before;
      await work();
      if (this.#writing.get(name) === finished) this.#writing.delete(name);
      done();
    };
  }

  #insist(work: Work): Promise<void> {
    const { clock, onFailure } = this.#options;
    const isFinal = (error: unknown): boolean => error instanceof OvertakenError;
    return keepTrying({ clock, isFinal, signal: this.#closed.signal, ...(onFailure && { onFailure }) }, work);
  }

  async #writeCredentials(): Promise<void> {
    // Several changes of one turn become one write.
    await sleep(this.#options.clock, 0);
    const value = this.#credentialsQueued;
    this.#credentialsQueued = undefined;
    if (!value) return;
    await this.#insist(() => this.#options.table.put(this.#options.sessionUid, { name: CREDENTIALS, value }));
  }
}

type Work = () => Promise<void>;

const entryName = (type: string, id: string): string => `${type}#${id}`;

/** Cheap kinds only; records of a ratchet differ with every step. */
function isSame(known: unknown, value: unknown): boolean {
  if (typeof value === 'string') return known === value;
  if (value instanceof Uint8Array) return known instanceof Uint8Array && Buffer.compare(known, value) === 0;
  if (!Array.isArray(value) || !Array.isArray(known) || known === value) return false;
  return known.length === value.length && value.every((member, index) => member === known[index]);
}

async function atOnce(works: readonly Work[]): Promise<void> {
  const left = [...works];
  const worker = async (): Promise<void> => {
    for (let work = left.shift(); work; work = left.shift()) await work();
  };
  await Promise.all(Array.from({ length: Math.min(WRITES_AT_ONCE, works.length) }, worker));
}
