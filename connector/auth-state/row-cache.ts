import type { LedgerMemory, Resident } from './ledger-memory.ts';

export interface RowCacheOptions {
  readonly memory: LedgerMemory;
  /** Reads a row from the table; undefined when there is none. */
  readonly read: (name: string) => Promise<string | undefined>;
}

/**
 * What one row takes beside its characters, bytes: its place in two hash tables, the object itself and two string heads.
 * Measured with Node 24 (test/connector/auth-state/ledger-memory.test.ts holds it to ±30 %).
 */
const ROW_BYTES = 210;

/** A row that was read or written once; the value is its JSON, or nothing for a row that is known to be missing. */
class Row implements Resident {
  readonly #rows: Map<string, Row>;
  readonly name: string;
  readonly text: string | undefined;
  /** Writes under way. */
  holds = 0;

  constructor(rows: Map<string, Row>, name: string, text: string | undefined) {
    this.#rows = rows;
    this.name = name;
    this.text = text;
  }

  get bytes(): number {
    return ROW_BYTES + this.name.length + (this.text === undefined ? 0 : Buffer.byteLength(this.text));
  }

  forget(): void {
    this.#rows.delete(this.name);
  }
}

/**
 * Rows of one session in memory, as text: a tree of objects takes three times as much, and who gets a fresh one can't
 * change ours. Only the session's owner writes, so that a row or its absence that was seen once needs no second read (D7).
 */
export class RowCache {
  readonly #memory: LedgerMemory;
  readonly #read: RowCacheOptions['read'];
  readonly #rows = new Map<string, Row>();
  readonly #reading = new Map<string, Promise<string | undefined>>();
  #closed = false;

  constructor({ memory, read }: RowCacheOptions) {
    this.#memory = memory;
    this.#read = read;
  }

  /** What its rows take in memory. */
  get bytes(): number {
    let bytes = 0;
    for (const row of this.#rows.values()) bytes += row.bytes;
    return bytes;
  }

  /** The row's text, from memory if it is there. */
  async get(name: string): Promise<string | undefined> {
    const row = this.#rows.get(name);
    if (!row) return this.#fetch(name);
    if (row.holds === 0) this.#memory.touch(row);
    return row.text;
  }

  /** A row that was read beside others; what is known already is newer. */
  learn(name: string, text: string | undefined): void {
    if (!this.#rows.has(name) && !this.#reading.has(name)) this.#take(name, text);
  }

  /** Whether the row is known to be so; false when it was not read yet. */
  is(name: string, text: string | undefined): boolean {
    const row = this.#rows.get(name);
    return row !== undefined && row.text === text;
  }

  /** Changes the row in memory and holds it there until the returned function is called: then it is durable. */
  set(name: string, text: string | undefined): () => void {
    const before = this.#rows.get(name);
    if (before) this.#memory.remove(before);
    // A read that is under way has the value from before.
    this.#reading.delete(name);
    const row = new Row(this.#rows, name, text);
    row.holds = (before?.holds ?? 0) + 1;
    this.#rows.set(name, row);
    this.#memory.hold(row);
    return () => this.#release(name);
  }

  /** Forgets all rows; none is taken in any more. */
  close(): void {
    this.#closed = true;
    for (const row of this.#rows.values()) this.#memory.remove(row);
    this.#rows.clear();
  }

  #release(name: string): void {
    const row = this.#rows.get(name);
    if (!row) return;
    row.holds -= 1;
    if (row.holds === 0) this.#memory.release(row);
  }

  #fetch(name: string): Promise<string | undefined> {
    const underway = this.#reading.get(name);
    if (underway) return underway;
    const reading = this.#read(name).then(
      (text) => {
        if (this.#reading.get(name) === reading) this.#take(name, text);
        // A write that came meanwhile knows better.
        const row = this.#rows.get(name);
        return row ? row.text : text;
      },
      (error: unknown) => {
        if (this.#reading.get(name) === reading) this.#reading.delete(name);
        throw error;
      },
    );
    this.#reading.set(name, reading);
    return reading;
  }

  #take(name: string, text: string | undefined): void {
    this.#reading.delete(name);
    if (this.#closed) return;
    const row = new Row(this.#rows, name, text);
    this.#rows.set(name, row);
    this.#memory.add(row);
  }
}
