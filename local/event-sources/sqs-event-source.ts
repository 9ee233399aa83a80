import type { SQSRecord } from 'aws-lambda';
import { type Clock, sleep } from '#core/domain/clock.ts';
import { AwsError } from '../aws/json-protocol.ts';
import { type InvocationResult, MAX_SYNC_PAYLOAD_BYTES } from '../lambda/function-definition.ts';
import type { LogSink } from '../logs/log-line.ts';
import type { SqsMessage } from '../sqs/message-output.ts';
import type { ReceiveOptions } from '../sqs/sqs-service.ts';
import { failedIds } from './batch-response.ts';
import type { HeldMessages } from './held-messages.ts';
import { splitBatch, toRecord } from './sqs-event.ts';

/** The queue as the poller sees it. */
export interface Queue {
  receive(queue: string, options: ReceiveOptions): Promise<SqsMessage[]>;
  delete(queue: string, receiptHandle: string): void;
}

export interface EventSourceMapping {
  readonly queueName: string;
  readonly queueArn: string;
  readonly region: string;
  readonly functionName: string;
  readonly batchSize: number;
  readonly batchingWindowMs: number;
  /** Whether the function says which messages of a batch failed. */
  readonly reportsFailures: boolean;
  /** Most invocations at once; undefined where the template gives no limit. */
  readonly maxConcurrency: number | undefined;
  /** Of the queue: a throttled batch is tried again for as long. */
  readonly visibilityTimeoutMs: number;
}

export interface SqsEventSourceOptions {
  readonly mapping: EventSourceMapping;
  readonly queue: Queue;
  readonly held: HeldMessages;
  readonly clock: Clock;
  readonly log: LogSink;
  /** @throws AwsError when the function is throttled */
  readonly invoke: (functionName: string, event: string) => Promise<InvocationResult>;
}

/** SQS's limits of one receive. */
const RECEIVE_MAX = 10;
const LONG_POLL_MS = 20_000;
/** Pollers where the template gives no limit, and the most there are: sandboxes on a small machine only take turns. */
const DEFAULT_POLLERS = 2;
const MAX_POLLERS = 5;
/** Pause after the queue or the function could not be reached, and the first one after a throttled invocation. */
const BACKOFF_MS = 1000;
/** Longest pause between two attempts at a throttled invocation. */
const MAX_BACKOFF_MS = 30_000;

/**
 * Feeds a queue to a function, as Lambda's pollers do: what succeeded is deleted, what failed becomes visible again when
 * its visibility timeout ends. The order of FIFO groups is the queue's doing: it gives no message of a group away while
 * others of it are in flight.
 */
export class SqsEventSource {
  readonly #options: SqsEventSourceOptions;
  readonly #stopping = new AbortController();
  #pollers: readonly Promise<void>[] = [];

  constructor(options: SqsEventSourceOptions) {
    this.#options = options;
  }

  start(): void {
    const { maxConcurrency } = this.#options.mapping;
    const count = Math.min(maxConcurrency ?? DEFAULT_POLLERS, MAX_POLLERS);
    this.#pollers = Array.from({ length: count }, () => this.#poll());
  }

  /** Takes nothing more from the queue and resolves when what is in hand is done. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#pollers);
  }

  async #poll(): Promise<void> {
    const { clock, log, mapping } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const messages = await this.#collect(signal);
        if (messages.length > 0) await this.#hold(messages);
      } catch (error) {
        log({ part: 'runner', level: 'warn', text: `${mapping.queueName}: ${String(error)}`, fields: {} });
        await sleep(clock, BACKOFF_MS, signal);
      }
    }
  }

  async #hold(messages: readonly SqsMessage[]): Promise<void> {
    const { held, mapping } = this.#options;
    const handles = messages.map(({ ReceiptHandle }) => ReceiptHandle);
    held.hold(mapping.queueName, handles);
    try {
      await this.#deliver(messages);
    } finally {
      held.letGo(handles);
    }
  }

  /** One batch: up to the batch size, or what came within the batching window. */
  async #collect(signal: AbortSignal): Promise<SqsMessage[]> {
    const { clock, queue, mapping } = this.#options;
    const { queueName, batchSize, batchingWindowMs } = mapping;
    const receive = (max: number, waitMs: number): Promise<SqsMessage[]> =>
      queue.receive(queueName, { max: Math.min(max, RECEIVE_MAX), waitMs, signal });
    const messages = await receive(batchSize, LONG_POLL_MS);
    if (batchingWindowMs === 0 && batchSize <= RECEIVE_MAX) return messages;
    const untilMs = clock.monotonic() + batchingWindowMs;
    while (messages.length > 0 && messages.length < batchSize) {
      const leftMs = Math.max(0, untilMs - clock.monotonic());
      const more = await receive(batchSize - messages.length, Math.min(leftMs, LONG_POLL_MS));
      if (more.length === 0) break;
      messages.push(...more);
    }
    return messages;
  }

  async #deliver(messages: readonly SqsMessage[]): Promise<void> {
    const { log, mapping } = this.#options;
    const hiddenUntilMs = this.#options.clock.monotonic() + mapping.visibilityTimeoutMs;
    const records = messages.map((message) => toRecord(message, mapping));
    const failedGroups = new Set<string>();
    for (const batch of splitBatch(records, MAX_SYNC_PAYLOAD_BYTES)) {
      // What a split took apart must not overtake.
      const ready = batch.filter(({ attributes }) => !failedGroups.has(attributes.MessageGroupId ?? ''));
      if (ready.length === 0) continue;
      const failed = await this.#invoke(ready, hiddenUntilMs);
      for (const { attributes, messageId } of ready)
        if (failed.has(messageId) && attributes.MessageGroupId !== undefined)
          failedGroups.add(attributes.MessageGroupId);
      if (failed.size > 0) {
        const text = `${failed.size} of ${ready.length} messages from ${mapping.queueName} failed; they come again.`;
        log({ part: 'runner', level: 'warn', text, fields: {} });
      }
    }
  }

  async #invoke(records: readonly SQSRecord[], hiddenUntilMs: number): Promise<ReadonlySet<string>> {
    const { queue, mapping } = this.#options;
    const ids = records.map(({ messageId }) => messageId);
    const result = await this.#unthrottled(JSON.stringify({ Records: records }), hiddenUntilMs);
    if (!result?.ok) return new Set(ids);
    const failed = mapping.reportsFailures ? failedIds(result.payload, ids) : new Set<string>();
    for (const { messageId, receiptHandle } of records)
      if (!failed.has(messageId)) queue.delete(mapping.queueName, receiptHandle);
    return failed;
  }

  /**
   * Invokes the function. While it is throttled, this poller backs off and tries again until the messages are about to be
   * visible again ("Lambda continues to retry the message until the message's timestamp exceeds your queue's visibility
   * timeout, at which point Lambda drops the message"); undefined then: they come again with a higher receive count.
   */
  async #unthrottled(event: string, hiddenUntilMs: number): Promise<InvocationResult | undefined> {
    const { clock, invoke, mapping } = this.#options;
    const { signal } = this.#stopping;
    for (let pauseMs = BACKOFF_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_BACKOFF_MS)) {
      try {
        return await invoke(mapping.functionName, event);
      } catch (error) {
        if (!(error instanceof AwsError) || error.code !== 'TooManyRequestsException') throw error;
      }
      if (signal.aborted || clock.monotonic() + pauseMs >= hiddenUntilMs) return undefined;
      await sleep(clock, pauseMs, signal);
    }
  }
}
