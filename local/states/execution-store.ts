import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { RETENTION_MS } from './limits.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** One execution. Times in milliseconds since the epoch; input and output are JSON text. */
export interface ExecutionRow {
  readonly arn: string;
  readonly machineArn: string;
  readonly name: string;
  readonly definitionHash: string;
  readonly input: string;
  readonly startMs: number;
  status: ExecutionStatus;
  output: string | null;
  error: string | null;
  cause: string | null;
  stopMs: number | null;
  transitions: number;
  events: number;
}

/**
 * What a strand does in its state. `entered`: runs, or runs again after a restart; `waiting`: until
 * `wakeMs`; `retrying`: the next attempt begins at `wakeMs`; `callback`: until its token comes back;
 * `children`: branches or iterations run; `done`: ended with `result`.
 */
type StrandPhase = 'entered' | 'waiting' | 'retrying' | 'callback' | 'children' | 'done';

/** One line of states: the execution itself (id `0`), a branch or an iteration (`0.<index>`…). */
export interface StrandRow {
  readonly arn: string;
  readonly id: string;
  state: string;
  /** JSON text. */
  input: string;
  /** Variables of this scope alone, JSON text. */
  variables: string;
  enteredMs: number;
  phase: StrandPhase;
  wakeMs: number | null;
  deadlineMs: number | null;
  /** When the task counts as dead without a heartbeat, and how far each heartbeat moves that, milliseconds. */
  heartbeatMs: number | null;
  heartbeatEveryMs: number | null;
  /** Retries used by each retrier of the state, JSON text. */
  retries: string;
  retryCount: number;
  token: string | null;
  /** Answer to the token, JSON text of a `TokenAnswer`. */
  answer: string | null;
  /** Items of a Map, JSON text. */
  items: string | null;
  /** Output of a strand that is done, JSON text. */
  result: string | null;
  lastEvent: number;
}

export interface HistoryRow {
  readonly id: number;
  readonly atMs: number;
  readonly type: string;
  readonly previousId: number;
  /** JSON text of `{ "<type>EventDetails": {…} }`, or `{}`. */
  readonly details: string;
}

const SCHEMA = `
CREATE TABLE IF NOT EXISTS sfn_definitions (hash TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS sfn_executions (
  arn TEXT PRIMARY KEY, machineArn TEXT NOT NULL, name TEXT NOT NULL, definitionHash TEXT NOT NULL, input TEXT NOT NULL,
  startMs INTEGER NOT NULL, status TEXT NOT NULL, output TEXT, error TEXT, cause TEXT, stopMs INTEGER,
  transitions INTEGER NOT NULL, events INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS sfn_executions_by_machine ON sfn_executions (machineArn, startMs, arn);
CREATE INDEX IF NOT EXISTS sfn_executions_by_stop ON sfn_executions (stopMs);
CREATE TABLE IF NOT EXISTS sfn_strands (
  arn TEXT NOT NULL, id TEXT NOT NULL, state TEXT NOT NULL, input TEXT NOT NULL, variables TEXT NOT NULL,
  enteredMs INTEGER NOT NULL, phase TEXT NOT NULL, wakeMs INTEGER, deadlineMs INTEGER, heartbeatMs INTEGER, heartbeatEveryMs INTEGER,
  retries TEXT NOT NULL, retryCount INTEGER NOT NULL, token TEXT, answer TEXT, items TEXT, result TEXT,
  lastEvent INTEGER NOT NULL, PRIMARY KEY (arn, id)) STRICT;
CREATE INDEX IF NOT EXISTS sfn_strands_by_token ON sfn_strands (token) WHERE token IS NOT NULL;
CREATE TABLE IF NOT EXISTS sfn_history (
  arn TEXT NOT NULL, id INTEGER NOT NULL, atMs INTEGER NOT NULL, type TEXT NOT NULL, previousId INTEGER NOT NULL,
  details TEXT NOT NULL, PRIMARY KEY (arn, id)) STRICT;
`;

const EXECUTION_COLUMNS =
  'arn, machineArn, name, definitionHash, input, startMs, status, output, error, cause, stopMs, transitions, events';
const STRAND_COLUMNS =
  'arn, id, state, input, variables, enteredMs, phase, wakeMs, deadlineMs, heartbeatMs, heartbeatEveryMs, retries, retryCount, token, ' +
  'answer, items, result, lastEvent';

const insertSql = (table: string, columns: string): string =>
  `INSERT OR REPLACE INTO ${table} (${columns}) VALUES (${columns.replaceAll(/\w+/g, ':$&')})`;

/** Executions in SQLite. Every change of a strand is durable before what follows from it is started. */
export class ExecutionStore {
  readonly #database: DatabaseSync;
  readonly #sql;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(SCHEMA);
    const prepare = (sql: string) => database.prepare(sql);
    this.#sql = {
      saveDefinition: prepare('INSERT OR IGNORE INTO sfn_definitions (hash, body) VALUES (?, ?)'),
      definition: prepare('SELECT body FROM sfn_definitions WHERE hash = ?'),
      saveExecution: prepare(insertSql('sfn_executions', EXECUTION_COLUMNS)),
      saveProgress: prepare('UPDATE sfn_executions SET transitions = ?, events = ? WHERE arn = ?'),
      execution: prepare('SELECT * FROM sfn_executions WHERE arn = ?'),
      running: prepare("SELECT * FROM sfn_executions WHERE status = 'RUNNING' ORDER BY startMs, arn"),
      list: prepare(
        `SELECT * FROM sfn_executions WHERE machineArn = ? AND (? IS NULL OR status = ?)
         ORDER BY startMs DESC, arn DESC LIMIT ? OFFSET ?`,
      ),
      expired: prepare('SELECT arn FROM sfn_executions WHERE stopMs < ? LIMIT 100'),
      saveStrand: prepare(insertSql('sfn_strands', STRAND_COLUMNS)),
      strand: prepare('SELECT * FROM sfn_strands WHERE arn = ? AND id = ?'),
      strandOfToken: prepare('SELECT * FROM sfn_strands WHERE token = ?'),
      dropBelow: prepare("DELETE FROM sfn_strands WHERE arn = ? AND id >= ? || '.' AND id < ? || '/'"),
      dropStrands: prepare('DELETE FROM sfn_strands WHERE arn = ?'),
      saveEvent: prepare('INSERT INTO sfn_history VALUES (?, ?, ?, ?, ?, ?)'),
      events: prepare('SELECT * FROM sfn_history WHERE arn = ? AND id > ? ORDER BY id LIMIT ?'),
      eventsBack: prepare('SELECT * FROM sfn_history WHERE arn = ? AND id < ? ORDER BY id DESC LIMIT ?'),
      dropEvents: prepare('DELETE FROM sfn_history WHERE arn = ?'),
      dropExecution: prepare('DELETE FROM sfn_executions WHERE arn = ?'),
    };
  }

  /** Runs `change` in one transaction. */
  transaction(change: () => void): void {
    if (this.#database.isTransaction) return change();
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      change();
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /** Keeps a definition; executions go on with the one they started with, as in AWS. Returns its hash. */
  saveDefinition(body: string): string {
    const hash = createHash('sha256').update(body).digest('hex');
    this.#sql.saveDefinition.run(hash, body);
    return hash;
  }

  definition(hash: string): string | undefined {
    return (this.#sql.definition.get(hash) as { body: string } | undefined)?.body;
  }

  saveExecution(row: ExecutionRow): void {
    this.#sql.saveExecution.run({ ...row });
  }

  /** Saves the counters alone; the row may hold 512 KiB of data. */
  saveProgress(row: ExecutionRow): void {
    this.#sql.saveProgress.run(row.transitions, row.events, row.arn);
  }

  execution(arn: string): ExecutionRow | undefined {
    return copy(this.#sql.execution.get(arn)) as ExecutionRow | undefined;
  }

  running(): ExecutionRow[] {
    return this.#sql.running.all().map((row) => copy(row) as ExecutionRow);
  }

  /** Executions of one machine, newest first. */
  list(machineArn: string, status: string | null, page: { limit: number; offset: number }): ExecutionRow[] {
    const rows = this.#sql.list.all(machineArn, status, status, page.limit, page.offset);
    return rows.map((row) => copy(row) as ExecutionRow);
  }

  saveStrand(row: StrandRow): void {
    this.#sql.saveStrand.run({ ...row });
  }

  strand(arn: string, id: string): StrandRow | undefined {
    return copy(this.#sql.strand.get(arn, id)) as StrandRow | undefined;
  }

  strandOfToken(token: string): StrandRow | undefined {
    return copy(this.#sql.strandOfToken.get(token)) as StrandRow | undefined;
  }

  /** Forgets the branches and iterations of a strand. */
  dropChildren(arn: string, id: string): void {
    this.#sql.dropBelow.run(arn, id, id);
  }

  dropStrands(arn: string): void {
    this.#sql.dropStrands.run(arn);
  }

  saveEvent(arn: string, row: HistoryRow): void {
    this.#sql.saveEvent.run(arn, row.id, row.atMs, row.type, row.previousId, row.details);
  }

  /** At most `limit` events after `id`, or before it in reverse order. */
  events(arn: string, from: { id: number; reverse: boolean; limit: number }): HistoryRow[] {
    const statement = from.reverse ? this.#sql.eventsBack : this.#sql.events;
    return statement.all(arn, from.id, from.limit) as unknown as HistoryRow[];
  }

  /** Removes up to 100 executions that ended more than 90 days ago, names included. */
  sweep(nowMs: number): void {
    for (const { arn } of this.#sql.expired.all(nowMs - RETENTION_MS) as unknown as { arn: string }[]) this.drop(arn);
  }

  /** Forgets an execution that has ended. */
  drop(arn: string): void {
    this.#sql.dropEvents.run(arn);
    this.#sql.dropExecution.run(arn);
  }
}

/** A row of one's own: SQLite's are frozen in shape, and callers change theirs. */
function copy(row: object | undefined): unknown {
  return row && { ...row };
}
