import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** A message as it lies in a queue. Times in milliseconds. */
export interface StoredMessage {
  readonly seq: number;
  readonly queueId: number;
  readonly messageId: string;
  readonly groupId: string | null;
  readonly visibleAtMs: number;
  readonly inFlight: 0 | 1;
  /** Over all queues that the message has been in. */
  readonly receiveCount: number;
  /** In this queue: what its redrive policy counts. */
  readonly queueReceiveCount: number;
  readonly firstReceivedAtMs: number | null;
  readonly receivedAtMs: number | null;
  readonly sentAtMs: number;
  /** When it came into this queue. */
  readonly enteredAtMs: number;
  /** What its retention counts from. */
  readonly retainedFromMs: number;
  readonly senderId: string;
  readonly deduplicationId: string | null;
  /** The queue that it was dead-lettered from. */
  readonly sourceArn: string | null;
  readonly traceHeader: string | null;
  /** Message attributes as JSON. */
  readonly attributes: string | null;
  readonly body: string;
}

export interface Depth {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
  /** Age of the message that has been in the queue for longest; 0 when the queue is empty. */
  readonly oldestAgeMs: number;
}

type Content = Pick<
  StoredMessage,
  'queueId' | 'messageId' | 'groupId' | 'senderId' | 'deduplicationId' | 'traceHeader' | 'attributes' | 'body'
>;

/** A message that nobody has received yet. */
export function newMessage(
  from: Content & { readonly nowMs: number; readonly delayMs: number },
): Omit<StoredMessage, 'seq'> {
  const { nowMs, delayMs, ...content } = from;
  return {
    ...content,
    visibleAtMs: nowMs + delayMs,
    inFlight: 0,
    receiveCount: 0,
    queueReceiveCount: 0,
    firstReceivedAtMs: null,
    receivedAtMs: null,
    sentAtMs: nowMs,
    enteredAtMs: nowMs,
    retainedFromMs: nowMs,
    sourceArn: null,
  };
}

const COLUMNS: readonly (readonly [property: keyof StoredMessage, column: string])[] = [
  ['queueId', 'queue_id'],
  ['messageId', 'message_id'],
  ['groupId', 'group_id'],
  ['visibleAtMs', 'visible_at'],
  ['inFlight', 'in_flight'],
  ['receiveCount', 'receive_count'],
  ['queueReceiveCount', 'queue_receive_count'],
  ['firstReceivedAtMs', 'first_received_at'],
  ['receivedAtMs', 'received_at'],
  ['sentAtMs', 'sent_at'],
  ['enteredAtMs', 'entered_at'],
  ['retainedFromMs', 'retained_from'],
  ['senderId', 'sender_id'],
  ['deduplicationId', 'deduplication_id'],
  ['sourceArn', 'source_arn'],
  ['traceHeader', 'trace_header'],
  ['attributes', 'attributes'],
  ['body', 'body'],
];
const SELECT = `SELECT seq, ${COLUMNS.map(([property, column]) => `${column} ${property}`).join(', ')} FROM sqs_messages`;
const INSERT = `INSERT INTO sqs_messages (${COLUMNS.map(([, column]) => column).join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})`;

/** The messages of all queues. Each method is one statement; callers bind them into transactions. */
export class MessageStore {
  readonly #insert: StatementSync;
  readonly #find: StatementSync;
  readonly #remove: StatementSync;
  readonly #hide: StatementSync;
  readonly #setVisibleAt: StatementSync;
  readonly #visible: StatementSync;
  readonly #ofGroup: StatementSync;
  readonly #outlived: StatementSync;
  readonly #nextVisible: StatementSync;
  readonly #counts: StatementSync;
  readonly #oldest: StatementSync;
  readonly #upTo: StatementSync;
  readonly #clear: StatementSync;

  constructor(database: DatabaseSync) {
    const prepare = (sql: string): StatementSync => database.prepare(sql);
    this.#insert = prepare(INSERT);
    this.#find = prepare(`${SELECT} WHERE seq = ?`);
    this.#remove = prepare('DELETE FROM sqs_messages WHERE seq = ?');
    this.#hide = prepare(
      `UPDATE sqs_messages SET visible_at = ?2, in_flight = 1, received_at = ?3, receive_count = receive_count + 1,
       queue_receive_count = queue_receive_count + 1, first_received_at = COALESCE(first_received_at, ?3) WHERE seq = ?1`,
    );
    this.#setVisibleAt = prepare('UPDATE sqs_messages SET visible_at = ?2 WHERE seq = ?1');
    this.#visible = prepare(`${SELECT} WHERE queue_id = ? AND visible_at <= ? ORDER BY visible_at, seq LIMIT ?`);
    this.#ofGroup = prepare(`${SELECT} WHERE queue_id = ? AND group_id = ? ORDER BY seq LIMIT ?`);
    this.#outlived = prepare(`${SELECT} WHERE queue_id = ? AND retained_from <= ? LIMIT 1000`);
    this.#nextVisible = prepare('SELECT MIN(visible_at) at FROM sqs_messages WHERE queue_id = ? AND visible_at > ?');
    this.#counts = prepare(
      `SELECT COUNT(*) total, COALESCE(SUM(visible_at <= ?2), 0) visible,
       COALESCE(SUM(visible_at > ?2 AND in_flight), 0) inFlight FROM sqs_messages WHERE queue_id = ?1`,
    );
    this.#oldest = prepare('SELECT MIN(entered_at) at FROM sqs_messages WHERE queue_id = ?');
    this.#upTo = prepare(`${SELECT} WHERE queue_id = ? AND seq <= ? AND visible_at <= ? ORDER BY seq LIMIT ?`);
    this.#clear = prepare('DELETE FROM sqs_messages WHERE queue_id = ?');
  }

  /** Appends a message and returns its `seq`. */
  insert(message: Omit<StoredMessage, 'seq'>): number {
    const values = COLUMNS.map(([property]) => message[property as keyof typeof message]);
    return Number(this.#insert.run(...values).lastInsertRowid);
  }

  find(seq: number): StoredMessage | undefined {
    return this.#find.get(seq) as unknown as StoredMessage | undefined;
  }

  remove(seq: number): void {
    this.#remove.run(seq);
  }

  /** Puts a message in flight until `visibleAtMs` and counts the receive. */
  hide(message: StoredMessage, visibleAtMs: number, nowMs: number): StoredMessage {
    this.#hide.run(message.seq, visibleAtMs, nowMs);
    return {
      ...message,
      visibleAtMs,
      inFlight: 1,
      receivedAtMs: nowMs,
      receiveCount: message.receiveCount + 1,
      queueReceiveCount: message.queueReceiveCount + 1,
      firstReceivedAtMs: message.firstReceivedAtMs ?? nowMs,
    };
  }

  setVisibleAt(seq: number, visibleAtMs: number): void {
    this.#setVisibleAt.run(seq, visibleAtMs);
  }

  /** Visible messages, longest visible first. */
  visible(queueId: number, nowMs: number, limit: number): StoredMessage[] {
    return this.#visible.all(queueId, nowMs, limit) as unknown as StoredMessage[];
  }

  /** The first messages of a group in order, visible or not. */
  ofGroup(queueId: number, groupId: string, limit: number): StoredMessage[] {
    return this.#ofGroup.all(queueId, groupId, limit) as unknown as StoredMessage[];
  }

  /** Up to 1,000 messages whose retention counts from `sinceMs` or before. */
  outlived(queueId: number, sinceMs: number): StoredMessage[] {
    return this.#outlived.all(queueId, sinceMs) as unknown as StoredMessage[];
  }

  /** Visible messages in order of arrival, up to the one with `lastSeq`. */
  visibleUpTo(queueId: number, lastSeq: number, nowMs: number, limit: number): StoredMessage[] {
    return this.#upTo.all(queueId, lastSeq, nowMs, limit) as unknown as StoredMessage[];
  }

  /** When the next hidden message becomes visible. */
  nextVisibleAt(queueId: number, nowMs: number): number | undefined {
    const row = this.#nextVisible.get(queueId, nowMs) as { at: number | null };
    return row.at ?? undefined;
  }

  depth(queueId: number, nowMs: number): Depth {
    const counts = this.#counts.get(queueId, nowMs) as { total: number; visible: number; inFlight: number };
    const oldest = this.#oldest.get(queueId) as { at: number | null };
    return {
      visible: counts.visible,
      inFlight: counts.inFlight,
      delayed: counts.total - counts.visible - counts.inFlight,
      oldestAgeMs: oldest.at === null ? 0 : Math.max(0, nowMs - oldest.at),
    };
  }

  clear(queueId: number): void {
    this.#clear.run(queueId);
  }
}
