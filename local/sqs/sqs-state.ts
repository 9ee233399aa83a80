import type { DatabaseSync } from 'node:sqlite';
import { DeduplicationWindow } from './deduplication.ts';
import { FifoGroups } from './fifo-groups.ts';
import { MessageStore, type StoredMessage } from './message-store.ts';
import { type Queue, QueueStore } from './queue-store.ts';
import { openSqsDatabase, Transaction } from './sqs-database.ts';

/** What happened to one message. Tests await these instead of polling; the runner counts metrics from them. */
export type SqsEvent =
  | { readonly type: 'sent'; readonly queue: string; readonly messageId: string }
  | { readonly type: 'received'; readonly queue: string; readonly messageId: string; readonly receiveCount: number }
  | { readonly type: 'deleted'; readonly queue: string; readonly messageId: string }
  | { readonly type: 'deadLettered'; readonly queue: string; readonly messageId: string; readonly to: string };

/** What follows from a transaction once it is committed: events to tell, queues whose long polls may get something. */
export class Effects {
  readonly events: SqsEvent[] = [];
  readonly wake = new Set<number>();
}

/** One transaction's point in time and its effects. */
export interface Step {
  readonly nowMs: number;
  readonly effects: Effects;
}

/** All that SQS remembers. */
export class SqsState {
  readonly transaction: Transaction;
  readonly queues: QueueStore;
  readonly messages: MessageStore;
  readonly groups: FifoGroups;
  readonly deduplication: DeduplicationWindow;

  constructor(database: DatabaseSync, region: string) {
    openSqsDatabase(database);
    this.transaction = new Transaction(database);
    this.queues = new QueueStore(database, region);
    this.messages = new MessageStore(database);
    this.groups = new FifoGroups(database);
    this.deduplication = new DeduplicationWindow(database);
  }

  /** Appends a message to a queue and returns its `seq`. */
  append(queue: Queue, message: Omit<StoredMessage, 'seq'>, step: Step): number {
    const seq = this.messages.insert(message);
    this.regroup(queue, message.groupId);
    step.effects.wake.add(queue.id);
    return seq;
  }

  /** Takes a message out of its queue. */
  remove(queue: Queue, message: StoredMessage, step: Step): void {
    this.messages.remove(message.seq);
    this.regroup(queue, message.groupId);
    if (queue.settings.fifo) step.effects.wake.add(queue.id);
  }

  /** To be called after any change to a message of a FIFO queue. */
  regroup(queue: Queue, groupId: string | null): void {
    if (queue.settings.fifo && groupId !== null) this.groups.refresh(queue.id, groupId);
  }

  /** Drops what has outlived the queue's retention period. */
  expire(queue: Queue, step: Step): void {
    const sinceMs = step.nowMs - queue.settings.retentionMs;
    for (;;) {
      const outlived = this.messages.outlived(queue.id, sinceMs);
      if (outlived.length === 0) return;
      for (const message of outlived) this.remove(queue, message, step);
    }
  }
}
