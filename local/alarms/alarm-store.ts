import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import type { AlarmState } from './decide.ts';

const stateSchema = z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']);

const StatusSchema = z.object({
  name: z.string(),
  state: stateSchema,
  reason: z.string(),
  /** When the state changed last. */
  changedAtMs: z.number(),
  /** What the alarm was when it was last configured. */
  configuration: z.string(),
  configuredAtMs: z.number(),
});
/** Where an alarm stands. Times in milliseconds since the epoch. */
export type AlarmStatus = Readonly<z.output<typeof StatusSchema>>;

const HistorySchema = z.object({
  name: z.string(),
  atMs: z.number(),
  type: z.enum(['ConfigurationUpdate', 'StateUpdate', 'Action']),
  summary: z.string(),
  data: z.string(),
});
/** One item of an alarm's history, in CloudWatch's words; `data` is JSON. */
export type HistoryItem = Readonly<z.output<typeof HistorySchema>>;

/** "CloudWatch preserves alarm history for 30 days". */
const HISTORY_MS = 30 * 24 * 60 * 60_000;

/** States and history of alarms; they survive a restart, so that nobody is told of the same thing twice. */
export class AlarmStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(`
      CREATE TABLE IF NOT EXISTS alarms (name TEXT PRIMARY KEY, state TEXT NOT NULL, reason TEXT NOT NULL,
        changedAtMs INTEGER NOT NULL, configuration TEXT NOT NULL, configuredAtMs INTEGER NOT NULL) STRICT;
      CREATE TABLE IF NOT EXISTS alarm_history (id INTEGER PRIMARY KEY, name TEXT NOT NULL, atMs INTEGER NOT NULL,
        type TEXT NOT NULL, summary TEXT NOT NULL, data TEXT NOT NULL) STRICT;
      CREATE INDEX IF NOT EXISTS alarm_history_by_name ON alarm_history (name, atMs);`);
  }

  /**
   * Makes an alarm, or gives it a new configuration; its state stays.
   * @param configuration text that is different when the alarm is
   */
  configure(name: string, configuration: string, nowMs: number): void {
    const known = this.find(name);
    if (known?.configuration === configuration) return;
    const fresh = { name, state: 'INSUFFICIENT_DATA', reason: 'Unchecked: Initial alarm creation', changedAtMs: nowMs };
    this.#put({ ...fresh, ...known, configuration, configuredAtMs: nowMs } as AlarmStatus);
    const summary = `Alarm "${name}" ${known ? 'updated' : 'created'}`;
    this.add({ name, atMs: nowMs, type: 'ConfigurationUpdate', summary, data: '{}' });
  }

  /** Forgets all alarms but these; their history stays. */
  keepOnly(names: readonly string[]): void {
    this.#database
      .prepare('DELETE FROM alarms WHERE name NOT IN (SELECT value FROM json_each(?))')
      .run(JSON.stringify(names));
  }

  find(name: string): AlarmStatus | undefined {
    const row = this.#database.prepare('SELECT * FROM alarms WHERE name = ?').get(name);
    return row && StatusSchema.parse(row);
  }

  /** Sets the state and writes it into the history. */
  change(status: AlarmStatus, to: AlarmState, reason: string, nowMs: number): void {
    const { name, state, reason: before } = status;
    this.#put({ ...status, state: to, reason, changedAtMs: nowMs });
    this.add({
      name,
      atMs: nowMs,
      type: 'StateUpdate',
      summary: `Alarm updated from ${state} to ${to}`,
      data: JSON.stringify({
        version: '1.0',
        oldState: { stateValue: state, stateReason: before },
        newState: { stateValue: to, stateReason: reason },
      }),
    });
  }

  /** Adds to the history, and drops what is older than 30 days. */
  add({ name, atMs, type, summary, data }: HistoryItem): void {
    this.#database
      .prepare('INSERT INTO alarm_history (name, atMs, type, summary, data) VALUES (?, ?, ?, ?, ?)')
      .run(name, atMs, type, summary, data);
    this.#database.prepare('DELETE FROM alarm_history WHERE atMs < ?').run(atMs - HISTORY_MS);
  }

  /** Newest first. */
  history(name: string): HistoryItem[] {
    const rows = this.#database.prepare('SELECT * FROM alarm_history WHERE name = ? ORDER BY id DESC').all(name);
    return rows.map((row) => HistorySchema.parse(row));
  }

  #put({ name, state, reason, changedAtMs, configuration, configuredAtMs }: AlarmStatus): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO alarms VALUES (?, ?, ?, ?, ?, ?)')
      .run(name, state, reason, changedAtMs, configuration, configuredAtMs);
  }
}
