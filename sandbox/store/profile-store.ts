import type { DatabaseSync } from 'node:sqlite';
import { prepared } from './database.ts';

/** What others see of a person, beside the name. */
export interface Profile {
  readonly about: string;
  /** When it was written; 0: never. */
  readonly aboutMs: number;
  /** Of a number of WhatsApp Business. */
  readonly business: BusinessProfile | undefined;
}

/** Texts by the tag that carries them; `website` may be there several times. */
export interface BusinessProfile {
  readonly address?: string;
  readonly description?: string;
  readonly email?: string;
  readonly websites: readonly string[];
}

/** Profiles, and who has blocked whom. */
export class ProfileStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  find(number: string): Profile {
    const row = prepared(this.#database, 'SELECT about, about_ms, business FROM profiles WHERE number = ?').get(number);
    const business = row?.['business'];
    return {
      about: String(row?.['about'] ?? ''),
      aboutMs: Number(row?.['about_ms'] ?? 0),
      business: typeof business === 'string' ? (JSON.parse(business) as BusinessProfile) : undefined,
    };
  }

  setAbout(number: string, about: string, nowMs: number): void {
    prepared(
      this.#database,
      `INSERT INTO profiles (number, about, about_ms) VALUES (?, ?, ?)
       ON CONFLICT (number) DO UPDATE SET about = excluded.about, about_ms = excluded.about_ms`,
    ).run(number, about, nowMs);
  }

  /** Undefined: the number is none of WhatsApp Business any more. */
  setBusiness(number: string, business: BusinessProfile | undefined): void {
    prepared(
      this.#database,
      `INSERT INTO profiles (number, business) VALUES (?, ?)
       ON CONFLICT (number) DO UPDATE SET business = excluded.business`,
    ).run(number, business ? JSON.stringify(business) : null);
  }

  /** Numbers that somebody has blocked, in order. */
  blockedBy(number: string): string[] {
    return prepared(this.#database, 'SELECT other FROM blocked WHERE number = ? ORDER BY other')
      .all(number)
      .map((row) => String(row['other']));
  }

  hasBlocked(number: string, other: string): boolean {
    return (
      prepared(this.#database, 'SELECT 1 FROM blocked WHERE number = ? AND other = ?').get(number, other) !== undefined
    );
  }

  setBlocked(number: string, other: string, blocked: boolean): void {
    const sql = blocked
      ? 'INSERT OR IGNORE INTO blocked (number, other) VALUES (?, ?)'
      : 'DELETE FROM blocked WHERE number = ? AND other = ?';
    prepared(this.#database, sql).run(number, other);
  }
}
