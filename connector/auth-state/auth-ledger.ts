import { type Clock, sleep } from '#core/domain/clock.ts';
import type { SessionUid } from '#core/domain/ids.ts';
import { atOnce } from '../at-once.ts';
import { keepTrying } from '../keep-trying.ts';
import { type AuthEntry, type AuthTable, OvertakenError } from './auth-table.ts';
import type { LedgerMemory, Resident } from './ledger-memory.ts';
import { PRE_KEY_PREFIX, type PreKey, PreKeyStore } from './pre-key-store.ts';
import { RowCache } from './row-cache.ts';
import { pack, textOf, unpack, valueOf } from './value-codec.ts';

/** Changes of one step, by key type and id; null removes. */
export type LedgerChanges = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Ids by key type. */
export type LedgerIds = Readonly<Record<string, readonly string[]>>;

export interface AuthLedgerOptions {
  readonly table: AuthTable;
  /** Shared by all ledgers of the task. */
  readonly memory: LedgerMemory;
  readonly sessionUid: SessionUid;
  readonly clock: Clock;
  readonly onFailure?: (error: unknown) => void;
  /** What will be asked for at once, ids by key type: it is read with the credentials. @default nothing */
  readonly wanted?: LedgerIds;
}

/** What is read or written of a session whose ledger is closed: it goes on elsewhere, or never again. */
export class LedgerClosedError extends Error {
  override readonly name = 'LedgerClosedError';
}

const CREDENTIALS = 'creds';
const PRE_KEYS = 'pre-key';

/** Rows read or written at a time for one step; a first send to a large group changes more than a hundred. */
const ROWS_AT_ONCE = 16;

/** The engine's object and the buffers in it take about four times their text in memory; the text is kept too. */
const CREDENTIALS_FACTOR = 5;

/**
 * Signal state of one session. This process is the only writer, so what it has read or written once it answers from
 * memory, misses too, and pays only for writes (D7). What the task's memory does not hold is read again. A step resolves
 * when it is durable; an outage of the table holds it back until the ledger is closed.
 */
export class AuthLedger {
  readonly #options: AuthLedgerOptions;
  readonly #preKeys: PreKeyStore;
  readonly #rows: RowCache;
  readonly #closed = new AbortController();
  readonly #writing = new Map<string, Promise<void>>();
  #credentials: unknown;
  #credentialsText: string | undefined;
  #credentialsPlace: Resident | undefined;
  #credentialsSaved: Promise<void> = Promise.resolve();
  #credentialsQueued: string | undefined;

  private constructor(options: AuthLedgerOptions) {
    const { table, memory, sessionUid } = options;
    this.#options = options;
    this.#preKeys = new PreKeyStore({ table, memory, sessionUid });
    this.#rows = new RowCache({ memory, read: (name) => this.#read(name) });
  }

  /** Reads the session's credentials and what is wanted beside them; the rest is read when it is asked for. */
  static async load(options: AuthLedgerOptions): Promise<AuthLedger> {
    const ledger = new AuthLedger(options);
    const { table, sessionUid, wanted = {} } = options;
    const names = Object.entries(wanted).flatMap(([type, ids]) => ids.map((id) => entryName(type, id)));
    const found = await table.getMany(sessionUid, [CREDENTIALS, ...names]);
    const textIn = (name: string): string | undefined => textOfRow(found.get(name));
    for (const name of names) ledger.#rows.learn(name, textIn(name));
    const credentials = textIn(CREDENTIALS);
    if (credentials !== undefined) ledger.#keepCredentials(credentials);
    return ledger;
  }

  /** What it takes of the task's memory for ledgers, bytes. */
  get bytes(): number {
    return this.#rows.bytes + this.#preKeys.bytes + (this.#credentialsPlace?.bytes ?? 0);
  }

  /** The credentials as they were saved last; undefined before the first pairing. */
  get credentials(): unknown {
    return this.#credentials;
  }

  /** Queues the credentials for writing if they have changed, in order, the last state wins. Takes a snapshot at once. */
  saveCredentials(credentials: unknown): void {
    const text = textOf(credentials);
    if (text === this.#credentialsText) return;
    this.#keepCredentials(text, credentials);
    const waiting = this.#credentialsQueued !== undefined;
    this.#credentialsQueued = text;
    if (waiting) return;
    const saved = this.#credentialsSaved.then(() => this.#writeCredentials());
    this.#credentialsSaved = saved.catch((error: unknown) => this.#options.onFailure?.(error));
  }

  /** Values by id, each a fresh one; absent ids are left out. @throws LedgerClosedError for what is not in memory */
  async get(type: string, ids: readonly string[]): Promise<Record<string, unknown>> {
    const values = new Map<string, unknown>();
    const read = async (id: string): Promise<void> => {
      const value = type === PRE_KEYS ? await this.#preKey(id) : await this.#value(entryName(type, id));
      if (value !== undefined) values.set(id, value);
    };
    await atOnce(
      ids.map((id) => () => read(id)),
      ROWS_AT_ONCE,
    );
    return Object.fromEntries(values);
  }

  /** Applies one step: additions and changes first, removals last. Resolves when all of it is durable. */
  async set(changes: LedgerChanges): Promise<void> {
    const steps: Step[] = [];
    for (const [type, byId] of Object.entries(changes)) {
      steps.push(...(type === PRE_KEYS ? this.#planPreKeys(byId) : this.#plan(type, byId)));
    }
    try {
      await this.#run(steps.filter(({ removes }) => !removes));
      await this.#run(steps.filter(({ removes }) => removes));
    } finally {
      // Who waits for a row may go on, also when it was never written.
      for (const step of steps) step.ended?.();
    }
  }

  /** Resolves when everything that was asked for is durable, or has failed. */
  async flush(): Promise<void> {
    await Promise.all([this.#credentialsSaved, ...this.#writing.values()]);
  }

  /** Ends all attempts; what is not durable yet fails. Only after the socket is gone, or a failure would be acknowledged. */
  close(): void {
    this.#closed.abort(new LedgerClosedError('The session is closed.'));
    this.#rows.close();
    this.#preKeys.close();
    if (this.#credentialsPlace) this.#options.memory.remove(this.#credentialsPlace);
    this.#credentialsPlace = undefined;
  }

  /** Removes every entry of the session. */
  static async erase({ table, sessionUid }: Pick<AuthLedgerOptions, 'table' | 'sessionUid'>): Promise<void> {
    const names = [
      ...(await table.names(sessionUid, { below: PRE_KEY_PREFIX })),
      ...(await table.names(sessionUid, { prefix: PRE_KEY_PREFIX })),
    ];
    await atOnce(
      names.map((name) => () => table.remove(sessionUid, name)),
      ROWS_AT_ONCE,
    );
  }

  async #value(name: string): Promise<unknown> {
    const text = await this.#rows.get(name);
    return text === undefined ? undefined : valueOf(text);
  }

  #preKey(id: string): Promise<PreKey | undefined> {
    return this.#insist(() => this.#preKeys.get(Number(id)));
  }

  async #read(name: string): Promise<string | undefined> {
    const { table, sessionUid } = this.#options;
    return textOfRow(await this.#insist(() => table.get(sessionUid, name)));
  }

  #planPreKeys(byId: Readonly<Record<string, unknown>>): Step[] {
    const added = new Map<number, PreKey>();
    const removed: number[] = [];
    for (const [id, value] of Object.entries(byId)) {
      if (value === null || value === undefined) removed.push(Number(id));
      else added.set(Number(id), value as PreKey);
    }
    const steps: Step[] = [];
    if (added.size > 0) steps.push({ removes: false, write: () => this.#insist(() => this.#preKeys.add(added)) });
    if (removed.length > 0)
      steps.push({ removes: true, write: () => this.#insist(() => this.#preKeys.remove(removed)) });
    return steps;
  }

  #plan(type: string, byId: Readonly<Record<string, unknown>>): Step[] {
    const { table, sessionUid, clock } = this.#options;
    return Object.entries(byId).flatMap(([id, value]): Step[] => {
      const name = entryName(type, id);
      const removes = value === null || value === undefined;
      const text = removes ? undefined : textOf(value);
      if (this.#rows.is(name, text)) return [];
      const entry = () => (text === undefined ? tombstone(name, clock) : { name, value: pack(text) });
      return [{ removes, ...this.#inOrder(name, text, () => table.put(sessionUid, entry())) }];
    });
  }

  #run(steps: readonly Step[]): Promise<void> {
    return atOnce(
      steps.map(({ write }) => write),
      ROWS_AT_ONCE,
    );
  }

  /** Two steps may change one row at a time; the later one must not be overtaken on the wire. */
  #inOrder(name: string, text: string | undefined, work: Work): Pick<Step, 'write' | 'ended'> {
    const durable = this.#rows.set(name, text);
    const before = this.#writing.get(name) ?? Promise.resolve();
    const finished = Promise.withResolvers<void>();
    this.#writing.set(name, finished.promise);
    return {
      write: async () => {
        await before;
        await this.#insist(work);
        durable();
      },
      ended: () => {
        finished.resolve();
        if (this.#writing.get(name) === finished.promise) this.#writing.delete(name);
      },
    };
  }

  #insist<T>(work: () => Promise<T>): Promise<T> {
    const { clock, onFailure } = this.#options;
    const isFinal = (error: unknown): boolean => error instanceof OvertakenError;
    return keepTrying({ clock, isFinal, signal: this.#closed.signal, ...(onFailure && { onFailure }) }, work);
  }

  #keepCredentials(text: string, value: unknown = valueOf(text)): void {
    const { memory } = this.#options;
    this.#credentials = value;
    this.#credentialsText = text;
    if (this.#credentialsPlace) memory.remove(this.#credentialsPlace);
    this.#credentialsPlace = undefined;
    if (this.#closed.signal.aborted) return;
    this.#credentialsPlace = { bytes: text.length * CREDENTIALS_FACTOR, forget: () => undefined };
    memory.hold(this.#credentialsPlace);
  }

  async #writeCredentials(): Promise<void> {
    // Several changes of one turn become one write.
    await sleep(this.#options.clock, 0);
    const text = this.#credentialsQueued;
    this.#credentialsQueued = undefined;
    if (text === undefined) return;
    const { table, sessionUid } = this.#options;
    await this.#insist(() => table.put(sessionUid, { name: CREDENTIALS, value: pack(text) }));
  }
}

/** Nothing of a row that is missing, or in whose place a tombstone stands. */
const textOfRow = (packed: Uint8Array | undefined): string | undefined =>
  packed && packed.length > 0 ? unpack(packed) : undefined;

type Work = () => Promise<void>;

/** The write of one row, or of pre-keys. */
interface Step {
  readonly removes: boolean;
  readonly write: Work;
  /** Called when the write is over or will never be. */
  readonly ended?: () => void;
}

/** A request that a fenced owner sent can't be under way for longer, seconds. */
const TOMBSTONE_S = 24 * 60 * 60;

/**
 * Stands in the place of a removed row with the owner's epoch: without it a late write of an earlier owner would bring the
 * row back. Costs what a deletion costs; DynamoDB takes it away after a day.
 */
const tombstone = (name: string, clock: Clock): AuthEntry => ({
  name,
  value: new Uint8Array(),
  expiresAtS: Math.ceil(clock.now() / 1000) + TOMBSTONE_S,
});

const entryName = (type: string, id: string): string => `${type}#${id}`;
