import type { DatabaseSync, StatementSync } from 'node:sqlite';

interface HeldRow {
  readonly queue: string;
  readonly receiptHandle: string;
}

/**
 * What the pollers hold while a function works on it. In AWS they do not die with a machine, here they do: without
 * this record, everything in hand at a kill -9 would come again only after its visibility timeout, minutes later.
 */
export class HeldMessages {
  readonly #add: StatementSync;
  readonly #remove: StatementSync;
  readonly #all: StatementSync;

  constructor(database: DatabaseSync) {
    database.exec('CREATE TABLE IF NOT EXISTS held_messages (handle TEXT PRIMARY KEY, queue TEXT NOT NULL) STRICT');
    this.#add = database.prepare('INSERT OR IGNORE INTO held_messages (handle, queue) VALUES (?, ?)');
    this.#remove = database.prepare('DELETE FROM held_messages WHERE handle = ?');
    this.#all = database.prepare('SELECT handle AS receiptHandle, queue FROM held_messages');
  }

  hold(queue: string, receiptHandles: readonly string[]): void {
    for (const handle of receiptHandles) this.#add.run(handle, queue);
  }

  letGo(receiptHandles: readonly string[]): void {
    for (const handle of receiptHandles) this.#remove.run(handle);
  }

  /** Gives back what the pollers of a killed runner held. `giveBack` may throw: then the message has moved on by itself. */
  recover(giveBack: (held: HeldRow) => void, onGone: (error: unknown) => void): void {
    for (const { queue, receiptHandle } of this.#all.all()) {
      const held: HeldRow = { queue: String(queue), receiptHandle: String(receiptHandle) };
      try {
        giveBack(held);
      } catch (error) {
        onGone(error);
      }
      this.letGo([held.receiptHandle]);
    }
  }
}
