import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { StatementSync } from 'node:sqlite';
import { DatabaseSync } from 'node:sqlite';

/** Raised by one whenever a table changes in a way that old files cannot follow. */
const LAYOUT = 1;

const TABLES = `
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS people (
  number TEXT PRIMARY KEY, lid TEXT NOT NULL UNIQUE, name TEXT NOT NULL, online INTEGER NOT NULL DEFAULT 1,
  auto_read INTEGER NOT NULL DEFAULT 0, addressing TEXT NOT NULL DEFAULT 'pn', next_device INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE TABLE IF NOT EXISTS left_numbers (number TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS devices (
  number TEXT NOT NULL, device INTEGER NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL, name TEXT,
  key_index INTEGER NOT NULL DEFAULT 0, linked_ms INTEGER NOT NULL, greeted INTEGER NOT NULL DEFAULT 0,
  noise_key BLOB, registration_id INTEGER, identity_key BLOB,
  signed_id INTEGER, signed_key BLOB, signed_signature BLOB, adv_identity BLOB,
  PRIMARY KEY (number, device)
) STRICT;
CREATE TABLE IF NOT EXISTS device_watchers (
  number TEXT NOT NULL, addressing TEXT NOT NULL, watcher TEXT NOT NULL, watcher_device INTEGER NOT NULL,
  PRIMARY KEY (number, addressing, watcher, watcher_device)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pre_keys (
  number TEXT NOT NULL, device INTEGER NOT NULL, id INTEGER NOT NULL, value BLOB NOT NULL,
  PRIMARY KEY (number, device, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stanza_queue (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, number TEXT NOT NULL, device INTEGER NOT NULL,
  class TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, sender TEXT NOT NULL, participant TEXT NOT NULL,
  stanza BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS stanza_queue_by_device ON stanza_queue (number, device, class, id);
CREATE TABLE IF NOT EXISTS phone_keys (
  number TEXT NOT NULL, device INTEGER NOT NULL, type TEXT NOT NULL, id TEXT NOT NULL, value BLOB NOT NULL,
  PRIMARY KEY (number, device, type, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS messages (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, number TEXT NOT NULL, chat TEXT NOT NULL, author TEXT NOT NULL,
  id TEXT NOT NULL, from_me INTEGER NOT NULL, body TEXT NOT NULL, proto BLOB NOT NULL,
  UNIQUE (number, chat, author, id)
) STRICT;
CREATE INDEX IF NOT EXISTS messages_by_id ON messages (number, id);
CREATE TABLE IF NOT EXISTS stanza_log (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, number TEXT NOT NULL, device INTEGER NOT NULL, queue_seq INTEGER NOT NULL,
  body TEXT NOT NULL, UNIQUE (number, device, queue_seq)
) STRICT;
CREATE TABLE IF NOT EXISTS profiles (
  number TEXT PRIMARY KEY, about TEXT NOT NULL DEFAULT '', about_ms INTEGER NOT NULL DEFAULT 0, business TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blocked (
  number TEXT NOT NULL, other TEXT NOT NULL, PRIMARY KEY (number, other)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS orders (
  id TEXT PRIMARY KEY, token TEXT NOT NULL, body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS groups (
  jid TEXT PRIMARY KEY, subject TEXT NOT NULL, creator TEXT NOT NULL, created_ms INTEGER NOT NULL,
  addressing TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS group_texts (
  jid TEXT PRIMARY KEY, invite TEXT, description TEXT, description_id TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS group_members (
  jid TEXT NOT NULL, number TEXT NOT NULL, is_admin INTEGER NOT NULL, PRIMARY KEY (jid, number)
) STRICT, WITHOUT ROWID;
`;

/**
 * Opens the sandbox's database: `sandbox.sqlite` in the folder, or one in memory when there is no folder.
 * What was written survives a kill of the process (write-ahead log); a cut of the machine's power may take the last
 * moments with it. Throws when the file was written by another layout of this program.
 */
export function openDatabase(folder: string | undefined): DatabaseSync {
  if (folder !== undefined) mkdirSync(folder, { recursive: true });
  const database = new DatabaseSync(folder === undefined ? ':memory:' : join(folder, 'sandbox.sqlite'));
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  const found = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  if (found !== 0 && found !== LAYOUT) {
    database.close();
    throw new Error(
      `The sandbox's data has layout ${found}, this program needs ${LAYOUT}. Start with --reset or another --data folder.`,
    );
  }
  database.exec(TABLES);
  database.exec(`PRAGMA user_version = ${LAYOUT}`);
  return database;
}

/** Runs `work` as one all-or-nothing write; inside another one it becomes part of that. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  if (database.isTransaction) return work();
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

const statements = new WeakMap<DatabaseSync, Map<string, StatementSync>>();

/** The prepared statement for that text; preparing costs more than most statements, so it is done once. */
export function prepared(database: DatabaseSync, sql: string): StatementSync {
  const known = statements.get(database) ?? new Map<string, StatementSync>();
  statements.set(database, known);
  const statement = known.get(sql) ?? database.prepare(sql);
  known.set(sql, statement);
  return statement;
}
