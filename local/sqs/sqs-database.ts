import type { DatabaseSync, StatementSync } from 'node:sqlite';

/**
 * `seq` is the order of arrival in a queue and is never given twice. A message is visible when `visible_at` is past;
 * before that it is in flight (`in_flight` = 1, somebody received it) or delayed. Times are milliseconds.
 */
const SCHEMA = `
CREATE TABLE IF NOT EXISTS sqs_queues (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  attributes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  modified_at INTEGER NOT NULL,
  purged_at INTEGER
) STRICT;
CREATE TABLE IF NOT EXISTS sqs_messages (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  queue_id INTEGER NOT NULL,
  message_id TEXT NOT NULL,
  group_id TEXT,
  visible_at INTEGER NOT NULL,
  in_flight INTEGER NOT NULL,
  receive_count INTEGER NOT NULL,
  queue_receive_count INTEGER NOT NULL,
  first_received_at INTEGER,
  received_at INTEGER,
  sent_at INTEGER NOT NULL,
  entered_at INTEGER NOT NULL,
  retained_from INTEGER NOT NULL,
  sender_id TEXT NOT NULL,
  deduplication_id TEXT,
  source_arn TEXT,
  trace_header TEXT,
  attributes TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS sqs_messages_visible ON sqs_messages (queue_id, visible_at, in_flight);
CREATE INDEX IF NOT EXISTS sqs_messages_group ON sqs_messages (queue_id, group_id, seq) WHERE group_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS sqs_messages_retained ON sqs_messages (queue_id, retained_from);
CREATE INDEX IF NOT EXISTS sqs_messages_entered ON sqs_messages (queue_id, entered_at);
CREATE TABLE IF NOT EXISTS sqs_groups (
  queue_id INTEGER NOT NULL,
  group_id TEXT NOT NULL,
  head_seq INTEGER NOT NULL,
  ready_at INTEGER NOT NULL,
  PRIMARY KEY (queue_id, group_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sqs_groups_ready ON sqs_groups (queue_id, ready_at, head_seq);
CREATE TABLE IF NOT EXISTS sqs_deduplication (
  queue_id INTEGER NOT NULL,
  scope TEXT NOT NULL,
  deduplication_id TEXT NOT NULL,
  message_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (queue_id, scope, deduplication_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sqs_deduplication_expiry ON sqs_deduplication (expires_at);
CREATE TABLE IF NOT EXISTS sqs_move_tasks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  handle TEXT NOT NULL UNIQUE,
  source_arn TEXT NOT NULL,
  destination_arn TEXT,
  rate INTEGER,
  status TEXT NOT NULL,
  failure TEXT,
  moved INTEGER NOT NULL,
  to_move INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  started_at INTEGER NOT NULL
) STRICT;
`;

/**
 * Prepares the database: a commit reaches the operating system before SQS answers, so a killed process loses
 * nothing (WAL, synchronous NORMAL); only a power cut may take the last commits.
 */
export function openSqsDatabase(database: DatabaseSync): void {
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  database.exec(SCHEMA);
}

/** Runs work all or nothing. */
export class Transaction {
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;

  constructor(database: DatabaseSync) {
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
    this.#rollback = database.prepare('ROLLBACK');
  }

  run<T>(work: () => T): T {
    this.#begin.run();
    try {
      const result = work();
      this.#commit.run();
      return result;
    } catch (error) {
      this.#rollback.run();
      throw error;
    }
  }
}
