import type { DatabaseSync } from 'node:sqlite';
import { inTransaction, prepared } from './database.ts';
import type { Addressing } from './jid.ts';

export interface GroupMember {
  readonly number: string;
  readonly isAdmin: boolean;
}

export interface Group {
  /** `…@g.us` */
  readonly jid: string;
  readonly subject: string;
  /** Number of whoever made it. */
  readonly creator: string;
  readonly createdMs: number;
  readonly addressing: Addressing;
  readonly members: readonly GroupMember[];
  readonly description?: { readonly id: string; readonly body: string } | undefined;
}

/** All groups and who is in them. */
export class GroupStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  find(jid: string): Group | undefined {
    const row = prepared(this.#database, 'SELECT * FROM groups WHERE jid = ?').get(jid);
    return row && this.#groupFrom(row);
  }

  /** The groups that a number is in, oldest first. */
  ofMember(number: string): Group[] {
    return prepared(
      this.#database,
      'SELECT groups.* FROM groups JOIN group_members USING (jid) WHERE number = ? ORDER BY created_ms, groups.jid',
    )
      .all(number)
      .map((row) => this.#groupFrom(row));
  }

  add(group: Group): void {
    inTransaction(this.#database, () => {
      prepared(this.#database, 'INSERT INTO groups VALUES (?, ?, ?, ?, ?)').run(
        group.jid,
        group.subject,
        group.creator,
        group.createdMs,
        group.addressing,
      );
      for (const member of group.members) this.setMember(group.jid, member);
    });
  }

  setMember(jid: string, member: GroupMember): void {
    prepared(this.#database, 'INSERT OR REPLACE INTO group_members VALUES (?, ?, ?)').run(
      jid,
      member.number,
      Number(member.isAdmin),
    );
  }

  removeMember(jid: string, number: string): void {
    prepared(this.#database, 'DELETE FROM group_members WHERE jid = ? AND number = ?').run(jid, number);
  }

  setSubject(jid: string, subject: string): void {
    prepared(this.#database, 'UPDATE groups SET subject = ? WHERE jid = ?').run(subject, jid);
  }

  /** @param text undefined takes away what was there */
  setDescription(jid: string, text: { readonly id: string; readonly body: string } | undefined): void {
    this.#ensureTexts(jid);
    prepared(this.#database, 'UPDATE group_texts SET description = ?, description_id = ? WHERE jid = ?').run(
      text?.body ?? null,
      text?.id ?? null,
      jid,
    );
  }

  /** Code of the invite link; undefined: nobody has asked for one yet. */
  invite(jid: string): string | undefined {
    const code = prepared(this.#database, 'SELECT invite FROM group_texts WHERE jid = ?').get(jid)?.['invite'];
    return typeof code === 'string' ? code : undefined;
  }

  setInvite(jid: string, code: string): void {
    this.#ensureTexts(jid);
    prepared(this.#database, 'UPDATE group_texts SET invite = ? WHERE jid = ?').run(code, jid);
  }

  #ensureTexts(jid: string): void {
    prepared(this.#database, 'INSERT OR IGNORE INTO group_texts (jid) VALUES (?)').run(jid);
  }

  #groupFrom(row: Record<string, unknown>): Group {
    const jid = String(row['jid']);
    const members = prepared(this.#database, 'SELECT number, is_admin FROM group_members WHERE jid = ? ORDER BY number')
      .all(jid)
      .map((member) => ({ number: String(member['number']), isAdmin: member['is_admin'] === 1 }));
    const text = prepared(this.#database, 'SELECT * FROM group_texts WHERE jid = ?').get(jid);
    const [body, id] = [text?.['description'], text?.['description_id']];
    return {
      jid,
      ...(typeof body === 'string' && { description: { body, id: String(id) } }),
      subject: String(row['subject']),
      creator: String(row['creator']),
      createdMs: Number(row['created_ms']),
      addressing: row['addressing'] === 'pn' ? 'pn' : 'lid',
      members,
    };
  }
}
