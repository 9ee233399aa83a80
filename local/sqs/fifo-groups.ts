import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Most messages of one receive, hence of one group in flight. */
export const MAX_RECEIVE = 10;

/**
 * When each message group may deliver next. A group is locked while one of its messages is in flight; those are
 * always among its first ten, because a receive takes from the head and the next one waits for all of them.
 */
export class FifoGroups {
  readonly #refresh: StatementSync;
  readonly #drop: StatementSync;
  readonly #ready: StatementSync;
  readonly #next: StatementSync;
  readonly #clear: StatementSync;

  constructor(database: DatabaseSync) {
    this.#refresh = database.prepare(
      `INSERT INTO sqs_groups (queue_id, group_id, head_seq, ready_at)
       SELECT ?1, ?2, head.seq, MAX(head.visible_at, COALESCE((
         SELECT MAX(visible_at) FROM (SELECT visible_at, in_flight FROM sqs_messages
           WHERE queue_id = ?1 AND group_id = ?2 ORDER BY seq LIMIT ${MAX_RECEIVE}) WHERE in_flight = 1), 0))
       FROM (SELECT seq, visible_at FROM sqs_messages
         WHERE queue_id = ?1 AND group_id = ?2 ORDER BY seq LIMIT 1) head WHERE true
       ON CONFLICT (queue_id, group_id) DO UPDATE SET head_seq = excluded.head_seq, ready_at = excluded.ready_at`,
    );
    this.#drop = database.prepare('DELETE FROM sqs_groups WHERE queue_id = ? AND group_id = ?');
    this.#ready = database.prepare(
      'SELECT group_id groupId FROM sqs_groups WHERE queue_id = ? AND ready_at <= ? ORDER BY head_seq LIMIT ?',
    );
    this.#next = database.prepare('SELECT MIN(ready_at) at FROM sqs_groups WHERE queue_id = ? AND ready_at > ?');
    this.#clear = database.prepare('DELETE FROM sqs_groups WHERE queue_id = ?');
  }

  /** Brings one group up to date after any change to its messages. */
  refresh(queueId: number, groupId: string): void {
    if (Number(this.#refresh.run(queueId, groupId).changes) === 0) this.#drop.run(queueId, groupId);
  }

  /** Groups that may deliver now, the one with the oldest head first. */
  ready(queueId: number, nowMs: number, limit: number): string[] {
    return this.#ready.all(queueId, nowMs, limit).map((row) => String(row['groupId']));
  }

  /** When the next locked or delayed group may deliver. */
  nextReadyAt(queueId: number, nowMs: number): number | undefined {
    const row = this.#next.get(queueId, nowMs) as { at: number | null };
    return row.at ?? undefined;
  }

  clear(queueId: number): void {
    this.#clear.run(queueId);
  }
}
