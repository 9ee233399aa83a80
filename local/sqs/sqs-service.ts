import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '#core/domain/clock.ts';
import type { Authorize } from '../aws/authorize.ts';
import type { AwsCall, AwsService } from '../aws/aws-server.ts';
import { jsonProtocol } from '../aws/json-protocol.ts';
import type { ActionContext } from './action-input.ts';
import { batchActions } from './batch-actions.ts';
import { messageActions } from './message-actions.ts';
import { receivedMessage, type SqsMessage } from './message-output.ts';
import type { Depth } from './message-store.ts';
import { moveTaskActions } from './move-task-actions.ts';
import { queueActions, queueUrl } from './queue-actions.ts';
import type { Accepted, MessageDraft } from './send.ts';
import { type QueueSpec, SqsEngine } from './sqs-engine.ts';
import { QUERY_CODES } from './sqs-errors.ts';
import type { SqsEvent } from './sqs-state.ts';

export interface SqsServiceOptions {
  readonly clock: Clock;
  /** Where queues and messages are kept; its tables begin with `sqs_`. */
  readonly database: DatabaseSync;
  /** `http://127.0.0.1:<port>` of the server that this service is mounted on; asked when a queue URL is needed. */
  readonly endpoint: () => string;
  /** @default us-east-1 */
  readonly region?: string;
  /** Asked before every action. @default everything is allowed */
  readonly authorize?: Authorize;
  /** Ids of messages and tasks. @default random UUIDs */
  readonly newId?: () => string;
}

export interface ReceiveOptions {
  /** 1 to 10. */
  readonly max: number;
  /** Long poll in milliseconds of the clock. @default 0 */
  readonly waitMs?: number;
  /** @default the queue's visibility timeout */
  readonly visibilityTimeoutMs?: number;
  /** Ends the wait; the receive then returns nothing. */
  readonly signal?: AbortSignal;
}

const ALL_ATTRIBUTES = { system: ['All'], user: ['All'] };

/**
 * SQS on one machine, over HTTP for the SDK and as methods for the runner. What it accepted, received and deleted is
 * in the database before it answers; the clock moves visibility, delays, deduplication and retention.
 */
export class SqsService implements AwsService {
  readonly #engine: SqsEngine;
  readonly #context: ActionContext;
  readonly #protocol: AwsService;

  constructor(options: SqsServiceOptions) {
    const { clock, database, endpoint, region = 'us-east-1', authorize = () => {}, newId = randomUUID } = options;
    this.#engine = new SqsEngine({ clock, database, region, newId });
    this.#context = { engine: this.#engine, endpoint, authorize };
    this.#protocol = jsonProtocol({
      target: 'AmazonSQS',
      version: '1.0',
      queryCodes: QUERY_CODES,
      actions: {
        ...queueActions(this.#context),
        ...messageActions(this.#context),
        ...batchActions(this.#context),
        ...moveTaskActions(this.#context),
      },
    });
  }

  handle(request: IncomingMessage, response: ServerResponse, call: AwsCall): Promise<void> {
    return this.#protocol.handle(request, response, call);
  }

  /** Hears of every message sent, received, deleted and dead-lettered, after it is durable. Returns how to stop. */
  on(listener: (event: SqsEvent) => void): () => void {
    return this.#engine.on(listener);
  }

  /** Resolves with the next event that matches. */
  next(matches: (event: SqsEvent) => boolean): Promise<SqsEvent> {
    return new Promise((resolve) => {
      const stop = this.on((event) => {
        if (!matches(event)) return;
        stop();
        resolve(event);
      });
    });
  }

  /**
   * Creates the queues of a template, or gives existing ones its attributes; messages stay.
   * @throws AwsError for properties that SQS would refuse
   */
  ensureQueues(specs: readonly QueueSpec[]): void {
    this.#engine.ensureQueues(specs);
  }

  /** Sets attributes of one queue, such as `Policy`, with SetQueueAttributes' rules. */
  setAttributes(queue: string, attributes: Readonly<Record<string, string>>): void {
    this.#engine.setAttributes(this.#engine.queue(queue), attributes);
  }

  /** Deletes a queue that the template no longer has. */
  deleteQueue(queue: string): void {
    this.#engine.deleteQueue(this.#engine.queue(queue));
  }

  /** Names of all queues, sorted. */
  queueNames(): string[] {
    return this.#engine.state.queues.all().map((queue) => queue.name);
  }

  queueArn(name: string): string {
    return this.#engine.state.queues.arnOf(name);
  }

  queueUrl(name: string): string {
    return queueUrl(this.#context, name);
  }

  /** Counts of messages by state, and the age of the oldest in milliseconds. @throws AwsError QueueDoesNotExist */
  depth(queue: string): Depth {
    return this.#engine.depth(this.#engine.queue(queue));
  }

  /** @throws AwsError as SendMessage */
  send(queue: string, message: MessageDraft): Accepted {
    return this.#engine.send(this.#engine.queue(queue), message);
  }

  /** Receives with all attributes. @throws AwsError QueueDoesNotExist */
  async receive(queue: string, options: ReceiveOptions): Promise<SqsMessage[]> {
    const source = this.#engine.queue(queue);
    const messages = await this.#engine.receive(source, {
      max: options.max,
      waitMs: options.waitMs ?? 0,
      visibilityTimeoutMs: options.visibilityTimeoutMs ?? source.settings.visibilityTimeoutMs,
      signal: options.signal,
    });
    return messages.map((message) => receivedMessage(source, message, ALL_ATTRIBUTES));
  }

  /** @throws AwsError as DeleteMessage */
  delete(queue: string, receiptHandle: string): void {
    this.#engine.delete(this.#engine.queue(queue), receiptHandle);
  }

  /** @throws AwsError as ChangeMessageVisibility */
  changeVisibility(queue: string, receiptHandle: string, timeoutSeconds: number): void {
    this.#engine.changeVisibility(this.#engine.queue(queue), receiptHandle, timeoutSeconds);
  }

  /** How many receives wait, over all queues. */
  get waitingReceives(): number {
    return this.#engine.waiting;
  }

  /** Ends all waits and timers; the database stays the caller's. */
  close(): void {
    this.#engine.close();
  }
}
