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

  #groupFrom(row: Record<string, unknown>): Group {
    const jid = String(row['jid']);
    const members = prepared(this.#database, 'SELECT number, is_admin FROM group_members WHERE jid = ? ORDER BY number')
      .all(jid)
      .map((member) => ({ number: String(member['number']), isAdmin: member['is_admin'] === 1 }));
    return {
      jid,
      subject: String(row['subject']),
      creator: String(row['creator']),
      createdMs: Number(row['created_ms']),
      addressing: row['addressing'] === 'pn' ? 'pn' : 'lid',
      members,
    };
  }
}
