import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** 5 minutes: SQS developer guide, exactly-once processing. It counts from the first send, whatever becomes of the message. */
const DEDUPLICATION_WINDOW_MS = 5 * 60_000;

export interface DeduplicationKey {
  readonly queueId: number;
  /** The message group when the queue deduplicates per group, else empty. */
  readonly scope: string;
  readonly deduplicationId: string;
}

/** What a FIFO queue accepted within the last five minutes; survives a restart. */
export class DeduplicationWindow {
  readonly #find: StatementSync;
  readonly #remember: StatementSync;
  readonly #expire: StatementSync;
  readonly #clear: StatementSync;

  constructor(database: DatabaseSync) {
    this.#find = database.prepare(
      `SELECT message_id messageId, seq FROM sqs_deduplication
       WHERE queue_id = ? AND scope = ? AND deduplication_id = ? AND expires_at > ?`,
    );
    this.#remember = database.prepare(
      `INSERT OR REPLACE INTO sqs_deduplication (queue_id, scope, deduplication_id, message_id, seq, expires_at)
       VALUES (?, ?, ?, ?, ?, ?)`,
    );
    this.#expire = database.prepare('DELETE FROM sqs_deduplication WHERE expires_at <= ?');
    this.#clear = database.prepare('DELETE FROM sqs_deduplication WHERE queue_id = ?');
  }

  /** The message that was accepted under this key, if its window is still open. */
  find(key: DeduplicationKey, nowMs: number): { readonly messageId: string; readonly seq: number } | undefined {
    const row = this.#find.get(key.queueId, key.scope, key.deduplicationId, nowMs);
    return row as { messageId: string; seq: number } | undefined;
  }

  remember(key: DeduplicationKey, message: { messageId: string; seq: number }, nowMs: number): void {
    this.#expire.run(nowMs);
    const expiresAtMs = nowMs + DEDUPLICATION_WINDOW_MS;
    this.#remember.run(key.queueId, key.scope, key.deduplicationId, message.messageId, message.seq, expiresAtMs);
  }

  clear(queueId: number): void {
    this.#clear.run(queueId);
  }
}
