import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '#core/domain/clock.ts';
import { AwsError } from '../aws/json-protocol.ts';
import { newMessage, type StoredMessage } from './message-store.ts';
import type { Queue } from './queue-store.ts';
import { invalidParameter } from './sqs-errors.ts';
import type { SqsState, Step } from './sqs-state.ts';

export interface MoveTask {
  readonly id: number;
  readonly handle: string;
  readonly sourceArn: string;
  readonly destinationArn: string | null;
  /** Messages a second; null for as fast as it goes. */
  readonly rate: number | null;
  readonly status: 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED';
  readonly failure: string | null;
  readonly moved: number;
  readonly toMove: number;
  /** The last message that was there when the task started. */
  readonly lastSeq: number;
  readonly startedAtMs: number;
}

export interface MoveTaskRequest {
  readonly sourceArn: string;
  /** Undefined for the queues that the messages were dead-lettered from. */
  readonly destinationArn: string | undefined;
  readonly rate: number | undefined;
}

/** Messages moved in one transaction when no rate is given. */
const CHUNK = 500;
const SECOND_MS = 1000;
const SELECT = `SELECT id, handle, source_arn sourceArn, destination_arn destinationArn, rate, status, failure, moved,
  to_move toMove, last_seq lastSeq, started_at startedAtMs FROM sqs_move_tasks`;

export interface MoveTasksOptions {
  readonly clock: Clock;
  readonly database: DatabaseSync;
  readonly state: SqsState;
  readonly newId: () => string;
  /** Runs work as one transaction and then its effects. */
  readonly commit: <T>(work: (step: Step) => T) => T;
}

/** Redrives: moves what lies in a dead-letter queue back, as new messages. Goes on after a restart. */
export class MoveTasks {
  readonly #options: MoveTasksOptions;
  readonly #timers = new Map<number, () => void>();

  constructor(options: MoveTasksOptions) {
    this.#options = options;
    for (const row of options.database.prepare(`${SELECT} WHERE status = 'RUNNING'`).all()) {
      this.#later((row as unknown as MoveTask).id);
    }
  }

  /** Starts a task and returns its handle. @throws AwsError ResourceNotFoundException, InvalidParameterValueException */
  start(request: MoveTaskRequest): string {
    const { state, database, clock, newId } = this.#options;
    const source = this.#queueOf(request.sourceArn, 'SourceArn');
    if (state.queues.sourcesOf(source.arn).length === 0) {
      throw invalidParameter('Source queue must be configured as a Dead Letter Queue.');
    }
    if (request.destinationArn !== undefined) this.#queueOf(request.destinationArn, 'DestinationArn');
    if (this.list(source.arn, 1)[0]?.status === 'RUNNING') {
      throw invalidParameter(
        'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
      );
    }
    const handle = Buffer.from(newId()).toString('base64url');
    const last = database.prepare('SELECT MAX(seq) seq FROM sqs_messages').get() as { seq: number | null };
    const { lastInsertRowid } = database
      .prepare(
        `INSERT INTO sqs_move_tasks (handle, source_arn, destination_arn, rate, status, moved, to_move, last_seq, started_at)
         VALUES (?, ?, ?, ?, 'RUNNING', 0, ?, ?, ?)`,
      )
      .run(
        handle,
        source.arn,
        request.destinationArn ?? null,
        request.rate ?? null,
        state.messages.depth(source.id, clock.now()).visible,
        last.seq ?? 0,
        clock.now(),
      );
    this.#run(Number(lastInsertRowid));
    return handle;
  }

  /** The latest tasks of a dead-letter queue, newest first. */
  list(sourceArn: string, limit: number): MoveTask[] {
    return this.#options.database
      .prepare(`${SELECT} WHERE source_arn = ? ORDER BY id DESC LIMIT ?`)
      .all(sourceArn, limit) as unknown as MoveTask[];
  }

  /** Stops a running task and returns how many messages it moved. @throws AwsError ResourceNotFoundException */
  cancel(handle: string): number {
    const row = this.#options.database.prepare(`${SELECT} WHERE handle = ? AND status = 'RUNNING'`).get(handle);
    const task = row as unknown as MoveTask | undefined;
    if (!task) throw new AwsError('ResourceNotFoundException', 'Task does not exist.', 404);
    this.#finish(task.id, 'CANCELLED');
    return task.moved;
  }

  close(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #run(id: number): void {
    for (;;) {
      const task = this.#options.database.prepare(`${SELECT} WHERE id = ?`).get(id) as unknown as MoveTask;
      const limit = task.rate ?? CHUNK;
      const moved = this.#options.commit((step) => this.#moveChunk(task, limit, step));
      if (moved === undefined) return;
      if (moved < limit) return this.#finish(id, 'COMPLETED');
      if (task.rate !== null) return this.#later(id);
    }
  }

  /** Moves up to `limit` messages; undefined when the task failed. */
  #moveChunk(task: MoveTask, limit: number, step: Step): number | undefined {
    const { state } = this.#options;
    const source = state.queues.byArn(task.sourceArn);
    if (!source) return this.#fail(task.id, 'AWS.SimpleQueueService.NonExistentQueue');
    const messages = state.messages.visibleUpTo(source.id, task.lastSeq, step.nowMs, limit);
    for (const [index, message] of messages.entries()) {
      const target = state.queues.byArn(task.destinationArn ?? message.sourceArn ?? '');
      if (!target) {
        this.#count(task.id, index);
        return this.#fail(
          task.id,
          message.sourceArn === null && task.destinationArn === null
            ? 'CouldNotDetermineMessageSource'
            : 'AWS.SimpleQueueService.NonExistentQueue',
        );
      }
      state.remove(source, message, step);
      state.append(target, this.#asNew(message, target, step.nowMs), step);
    }
    this.#count(task.id, messages.length);
    return messages.length;
  }

  /** SQS developer guide: redriven messages are new ones with a new id and a new retention period. */
  #asNew(message: StoredMessage, target: Queue, nowMs: number): Omit<StoredMessage, 'seq'> {
    const { groupId, senderId, deduplicationId, traceHeader, attributes, body } = message;
    const content = { groupId, senderId, deduplicationId, traceHeader, attributes, body };
    return newMessage({ ...content, queueId: target.id, messageId: this.#options.newId(), nowMs, delayMs: 0 });
  }

  #queueOf(arn: string, parameter: string): Queue {
    const queue = this.#options.state.queues.byArn(arn);
    if (queue) return queue;
    const message = `The resource that you specified for the ${parameter} parameter doesn't exist.`;
    throw new AwsError('ResourceNotFoundException', message, 404);
  }

  #count(id: number, moved: number): void {
    this.#options.database.prepare('UPDATE sqs_move_tasks SET moved = moved + ? WHERE id = ?').run(moved, id);
  }

  #fail(id: number, failure: string): undefined {
    this.#options.database
      .prepare(`UPDATE sqs_move_tasks SET status = 'FAILED', failure = ? WHERE id = ?`)
      .run(failure, id);
  }

  #finish(id: number, status: 'COMPLETED' | 'CANCELLED'): void {
    this.#timers.get(id)?.();
    this.#timers.delete(id);
    this.#options.database.prepare('UPDATE sqs_move_tasks SET status = ? WHERE id = ?').run(status, id);
  }

  #later(id: number): void {
    const fire = (): void => {
      this.#timers.delete(id);
      this.#run(id);
    };
    this.#timers.set(id, this.#options.clock.after(SECOND_MS, fire));
  }
}
