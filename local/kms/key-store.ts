import { randomBytes, randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';

const SCHEMA = `
CREATE TABLE IF NOT EXISTS kms_keys (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  material BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS kms_aliases (
  alias TEXT PRIMARY KEY,
  key_id TEXT NOT NULL
) STRICT, WITHOUT ROWID`;

const MATERIAL_BYTES = 32;

const row = z.object({
  id: z.string(),
  description: z.string(),
  enabled: z.number().transform((enabled) => enabled === 1),
  material: z.instanceof(Uint8Array),
  created_at: z.number(),
});

export interface StoredKey {
  /** UUID */
  readonly id: string;
  readonly description: string;
  readonly enabled: boolean;
  /** 256 bits for AES-GCM */
  readonly material: Uint8Array;
  /** Milliseconds since the epoch */
  readonly created_at: number;
}

export interface KeySettings {
  readonly description: string;
  readonly enabled: boolean;
}

/** Keys and aliases, with the key material in clear: the folder of the database must be private. */
export class KeyStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(SCHEMA);
  }

  /** Makes the key of that name, or gives the existing one new settings. */
  put(name: string, { description, enabled }: KeySettings, nowMs: number): StoredKey {
    const stored = this.#database
      .prepare(
        `INSERT INTO kms_keys (id, name, description, enabled, material, created_at) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET description = excluded.description, enabled = excluded.enabled
         RETURNING id, description, enabled, material, created_at`,
      )
      .get(randomUUID(), name, description, enabled ? 1 : 0, randomBytes(MATERIAL_BYTES), nowMs);
    return row.parse(stored);
  }

  putAlias(alias: string, keyId: string): void {
    this.#database.prepare('INSERT OR REPLACE INTO kms_aliases (alias, key_id) VALUES (?, ?)').run(alias, keyId);
  }

  /** @param reference key id or `alias/…` */
  get(reference: string): StoredKey | undefined {
    const stored = this.#database
      .prepare(
        `SELECT id, description, enabled, material, created_at FROM kms_keys
         WHERE id = coalesce((SELECT key_id FROM kms_aliases WHERE alias = ?), ?)`,
      )
      .get(reference, reference);
    return stored && row.parse(stored);
  }
}
