import type { DatabaseSync } from 'node:sqlite';
import { type QueueAttributes, type QueueSettings, settingsOf } from './queue-attributes.ts';

export interface Queue {
  readonly id: number;
  readonly name: string;
  readonly arn: string;
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
  readonly purgedAtMs: number | null;
  readonly attributes: QueueAttributes;
  readonly settings: QueueSettings;
}

interface QueueRow {
  readonly id: number;
  readonly name: string;
  readonly attributes: string;
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
  readonly purgedAtMs: number | null;
}

/** The only account there is. */
export const ACCOUNT_ID = '000000000000';

const SELECT =
  'SELECT id, name, attributes, created_at createdAtMs, modified_at modifiedAtMs, purged_at purgedAtMs FROM sqs_queues';

/** The queues, held in memory and written through. */
export class QueueStore {
  readonly #database: DatabaseSync;
  readonly #region: string;
  readonly #byName = new Map<string, Queue>();
  readonly #byArn = new Map<string, Queue>();

  constructor(database: DatabaseSync, region: string) {
    this.#database = database;
    this.#region = region;
    for (const row of database.prepare(SELECT).all()) this.#remember(row as unknown as QueueRow);
  }

  get(name: string): Queue | undefined {
    return this.#byName.get(name);
  }

  byArn(arn: string): Queue | undefined {
    return this.#byArn.get(arn);
  }

  arnOf(name: string): string {
    return `arn:aws:sqs:${this.#region}:${ACCOUNT_ID}:${name}`;
  }

  /** All queues, sorted by name. */
  all(): Queue[] {
    return [...this.#byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The queues that send their poison to `arn`. */
  sourcesOf(arn: string): Queue[] {
    return this.all().filter((queue) => queue.settings.redrive?.deadLetterTargetArn === arn);
  }

  create(name: string, attributes: QueueAttributes, nowMs: number): Queue {
    settingsOf(attributes);
    this.#database
      .prepare('INSERT INTO sqs_queues (name, attributes, created_at, modified_at) VALUES (?, ?, ?, ?)')
      .run(name, JSON.stringify(attributes), nowMs, nowMs);
    return this.#reload(name);
  }

  update(queue: Queue, attributes: QueueAttributes, nowMs: number): Queue {
    settingsOf(attributes);
    this.#database
      .prepare('UPDATE sqs_queues SET attributes = ?, modified_at = ? WHERE id = ?')
      .run(JSON.stringify(attributes), nowMs, queue.id);
    return this.#reload(queue.name);
  }

  markPurged(queue: Queue, nowMs: number): void {
    this.#database.prepare('UPDATE sqs_queues SET purged_at = ? WHERE id = ?').run(nowMs, queue.id);
    this.#reload(queue.name);
  }

  remove(queue: Queue): void {
    this.#database.prepare('DELETE FROM sqs_queues WHERE id = ?').run(queue.id);
    this.#byName.delete(queue.name);
    this.#byArn.delete(queue.arn);
  }

  #reload(name: string): Queue {
    const row = this.#database.prepare(`${SELECT} WHERE name = ?`).get(name);
    return this.#remember(row as unknown as QueueRow);
  }

  #remember(row: QueueRow): Queue {
    const attributes = JSON.parse(row.attributes) as QueueAttributes;
    const queue = { ...row, arn: this.arnOf(row.name), attributes, settings: settingsOf(attributes) };
    this.#byName.set(queue.name, queue);
    this.#byArn.set(queue.arn, queue);
    return queue;
  }
}
