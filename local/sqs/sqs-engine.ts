import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '#core/domain/clock.ts';
import { AwsError } from '../aws/json-protocol.ts';
import { LongPolls } from './long-polls.ts';
import type { Depth } from './message-store.ts';
import { MoveTasks } from './move-tasks.ts';
import {
  attributesOfProperties,
  changeAttributes,
  defaultAttributes,
  type QueueAttributes,
  type QueueProperties,
} from './queue-attributes.ts';
import type { Queue } from './queue-store.ts';
import { type ReceivedMessage, type ReceiveRequest, takeMessages } from './receive.ts';
import { type Accepted, acceptMessage, type MessageDraft } from './send.ts';
import { invalidParameter, queueDoesNotExist } from './sqs-errors.ts';
import { Effects, type SqsEvent, SqsState, type Step } from './sqs-state.ts';
import { changeVisibility, deleteMessage } from './visibility.ts';

export interface SqsEngineOptions {
  readonly clock: Clock;
  /** Where queues and messages are kept; its tables begin with `sqs_`. */
  readonly database: DatabaseSync;
  readonly region: string;
  /** Ids of messages and tasks. */
  readonly newId: () => string;
}

/** A receive that may wait. */
export interface LongPoll extends ReceiveRequest {
  readonly waitMs: number;
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
}

export interface QueueSpec {
  readonly name: string;
  /** Properties of its `AWS::SQS::Queue` with all references resolved. */
  readonly properties: QueueProperties;
}

/** SQS quota: a queue is purged once a minute at most. */
const PURGE_INTERVAL_MS = 60_000;
const QUEUE_NAME = /^[\w-]{1,80}$/;

/** Queues and messages without the protocol. Every method is done, and durable, when it returns. */
export class SqsEngine {
  readonly state: SqsState;
  readonly moveTasks: MoveTasks;
  readonly #clock: Clock;
  readonly #newId: () => string;
  readonly #polls: LongPolls;
  readonly #listeners = new Set<(event: SqsEvent) => void>();
  /** The transaction that is open, if any. */
  #step: Step | undefined;

  constructor(options: SqsEngineOptions) {
    this.#clock = options.clock;
    this.#newId = options.newId;
    this.state = new SqsState(options.database, options.region);
    this.#polls = new LongPolls(options.clock, (queueId) => this.#nextReadyAt(queueId));
    const commit = <T>(work: (step: Step) => T): T => this.#commit(work);
    this.moveTasks = new MoveTasks({ ...options, state: this.state, commit });
  }

  /** Hears of every message sent, received, deleted and dead-lettered, after it is durable. Returns how to stop. */
  on(listener: (event: SqsEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** @throws AwsError QueueDoesNotExist */
  queue(name: string): Queue {
    const queue = this.state.queues.get(name);
    if (!queue) throw queueDoesNotExist();
    return queue;
  }

  /** Creates a queue, or returns the one that has the same attributes. @throws AwsError QueueNameExists and others */
  createQueue(name: string, attributes: QueueAttributes): Queue {
    const wanted = attributesOfNew(name, attributes);
    const existing = this.state.queues.get(name);
    if (!existing) {
      this.#checkRedrive(wanted);
      return this.state.queues.create(name, wanted, this.#clock.now());
    }
    for (const attribute of Object.keys(attributes)) {
      if (existing.attributes[attribute] === wanted[attribute]) continue;
      const message = `A queue already exists with the same name and a different value for attribute ${attribute}`;
      throw new AwsError('QueueNameExists', message);
    }
    return existing;
  }

  /** Creates the queues of a template, or gives existing ones its attributes; their messages stay. */
  ensureQueues(specs: readonly QueueSpec[]): void {
    // Dead-letter queues first need to exist, in whatever order the template names them.
    for (const { name, properties } of specs) {
      const attributes = attributesOfProperties({ ...properties, RedrivePolicy: undefined });
      if (!this.state.queues.get(name)) this.createQueue(name, attributes);
    }
    for (const { name, properties } of specs) {
      const complete = attributesOfNew(name, attributesOfProperties(properties));
      this.#checkRedrive(complete);
      this.state.queues.update(this.queue(name), complete, this.#clock.now());
    }
  }

  setAttributes(queue: Queue, changes: QueueAttributes): void {
    const attributes = changeAttributes(queue.attributes, changes);
    this.#checkRedrive(attributes);
    this.state.queues.update(queue, attributes, this.#clock.now());
  }

  deleteQueue(queue: Queue): void {
    this.#commit((step) => {
      this.#clear(queue);
      this.state.deduplication.clear(queue.id);
      this.state.queues.remove(queue);
      step.effects.wake.add(queue.id);
    });
  }

  /** @throws AwsError PurgeQueueInProgress within a minute of the last purge */
  purge(queue: Queue): void {
    const nowMs = this.#clock.now();
    if (queue.purgedAtMs !== null && nowMs - queue.purgedAtMs < PURGE_INTERVAL_MS) {
      const message = `Only one PurgeQueue operation on ${queue.name} is allowed every 60 seconds.`;
      throw new AwsError('PurgeQueueInProgress', message, 403);
    }
    this.#commit(() => this.#clear(queue));
    this.state.queues.markPurged(queue, nowMs);
  }

  depth(queue: Queue): Depth {
    return this.#commit((step) => {
      this.state.expire(queue, step);
      return this.state.messages.depth(queue.id, step.nowMs);
    });
  }

  /** @throws AwsError as SendMessage */
  send(queue: Queue, draft: MessageDraft): Accepted {
    return this.#commit((step) => acceptMessage(this.state, queue, draft, { ...step, newId: this.#newId }));
  }

  /** Up to `max` messages at once, or as soon as there are any; none after `waitMs` or an abort. */
  async receive(queue: Queue, poll: LongPoll): Promise<ReceivedMessage[]> {
    const attempt = (): ReceivedMessage[] =>
      this.#commit((step) => takeMessages(this.state, this.queue(queue.name), poll, step));
    const messages = attempt();
    if (messages.length > 0 || poll.waitMs <= 0 || poll.signal?.aborted) return messages;
    return this.#polls.wait(queue.id, attempt, poll.waitMs, poll.signal);
  }

  /** @throws AwsError as DeleteMessage */
  delete(queue: Queue, handle: string): void {
    this.#commit((step) => deleteMessage(this.state, queue, handle, step));
  }

  /** @throws AwsError as ChangeMessageVisibility */
  changeVisibility(queue: Queue, handle: string, timeoutSeconds: number): void {
    this.#commit((step) => changeVisibility(this.state, queue, { handle, timeoutSeconds }, step));
  }

  /** Runs several operations as one transaction; one that throws leaves the others standing, if `work` catches it. */
  together<T>(work: () => T): T {
    return this.#commit(work);
  }

  /** How many receives wait, over all queues. */
  get waiting(): number {
    return this.#polls.waiting;
  }

  /** Ends all waits and timers; the database stays the caller's. */
  close(): void {
    this.#polls.close();
    this.moveTasks.close();
  }

  #commit<T>(work: (step: Step) => T): T {
    if (this.#step) return work(this.#step);
    const step = { nowMs: this.#clock.now(), effects: new Effects() };
    this.#step = step;
    let result: T;
    try {
      result = this.state.transaction.run(() => work(step));
    } finally {
      this.#step = undefined;
    }
    for (const event of step.effects.events) for (const listener of this.#listeners) listener(event);
    for (const queueId of step.effects.wake) this.#polls.wake(queueId);
    return result;
  }

  #clear(queue: Queue): void {
    this.state.messages.clear(queue.id);
    this.state.groups.clear(queue.id);
  }

  #nextReadyAt(queueId: number): number | undefined {
    const nowMs = this.#clock.now();
    const message = this.state.messages.nextVisibleAt(queueId, nowMs);
    if (message === undefined) return undefined;
    // A FIFO group opens when the last of its messages is back; a queue without groups has no entry here.
    return this.state.groups.nextReadyAt(queueId, nowMs) ?? message;
  }

  #checkRedrive(attributes: QueueAttributes): void {
    const policy = attributes['RedrivePolicy'];
    if (policy === undefined) return;
    const invalid = (reason: string): AwsError =>
      invalidParameter(`Value ${policy} for parameter RedrivePolicy is invalid. Reason: ${reason}`);
    const { deadLetterTargetArn } = JSON.parse(policy) as { deadLetterTargetArn?: string };
    const target = this.state.queues.byArn(deadLetterTargetArn ?? '');
    if (!target) throw invalid('Dead letter target does not exist.');
    if (target.settings.fifo !== (attributes['FifoQueue'] === 'true')) {
      throw invalid('Dead-letter queue must be same type of queue as the source.');
    }
  }
}

/** Defaults and wanted attributes of a queue to be created; the name decides whether it is a FIFO queue. */
function attributesOfNew(name: string, attributes: QueueAttributes): QueueAttributes {
  const { FifoQueue, ...rest } = attributes;
  const fifo = name.endsWith('.fifo');
  if (!QUEUE_NAME.test(fifo ? name.slice(0, -'.fifo'.length) : name) || name.length > 80) {
    throw invalidParameter('Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length');
  }
  if ((FifoQueue === 'true') !== fifo) {
    throw invalidParameter(
      fifo
        ? 'The name of a queue that ends in .fifo needs the attribute FifoQueue = true'
        : 'The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length',
    );
  }
  return changeAttributes(defaultAttributes(fifo), rest);
}
