import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** The SQLite files of one runner; each service has its own, so that none waits for another. */
export class Databases {
  readonly #folder: string;
  readonly #open: DatabaseSync[] = [];

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** `<folder>/<name>.sqlite`; survives a kill of the process at any moment. */
  open(name: string): DatabaseSync {
    const database = new DatabaseSync(path.join(this.#folder, `${name}.sqlite`));
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000;');
    this.#open.push(database);
    return database;
  }

  /** A file beside the databases. */
  path(name: string): string {
    return path.join(this.#folder, name);
  }

  close(): void {
    for (const database of this.#open) database.close();
  }
}
