import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Clock } from '#core/domain/clock.ts';
import type { Logger } from '../observability/logger.ts';
import { Deletions } from './deletions.ts';

/** A queue message that this task has taken and not yet put down. */
export interface Held {
  readonly queueUrl: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** Message group: the session and its chat. */
  readonly group: string;
  /** SQS's own number: it grows within a message group and stays the same however often the message is received. */
  readonly sequence: string;
  /** How often it was received, this time included. */
  readonly receiveCount: number;
}

/** How long a received message stays invisible, seconds (D5). */
export const VISIBILITY_S = 30;
const EXTEND_EVERY_MS = 10_000;
/** D5: messages in hand at a time. */
const HAND_HOLDS = 500;
const BATCH = 10;

/**
 * What this task holds of the outbound queues. Messages in hand stay invisible to others as long as this process lives;
 * after a crash they are seen again within 30 s.
 */
export class Hand {
  readonly #sqs: SQSClient;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #held = new Map<string, Held>();
  /** Those of them whose work is over. */
  readonly #done = new Set<string>();
  readonly #deletions: Deletions;
  readonly #roomWanted = new Set<() => void>();
  #cancel = (): void => undefined;

  constructor(options: { readonly sqs: SQSClient; readonly clock: Clock; readonly logger: Logger }) {
    this.#sqs = options.sqs;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#deletions = new Deletions({ ...options, isBusy: (queueUrl) => this.#isBusy(queueUrl) });
    this.#arm();
  }

  get size(): number {
    return this.#held.size;
  }

  take(held: Held): void {
    this.#held.set(held.receiptHandle, held);
  }

  /** Resolves when another message fits into the hand, or `signal` aborts. */
  async room(signal: AbortSignal): Promise<void> {
    while (this.#held.size >= HAND_HOLDS && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#roomWanted.add(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  /** Deletes it: it is done. A failure only means that it comes again, under the same ids. */
  async done(held: Held): Promise<void> {
    this.#done.add(held.receiptHandle);
    await this.#deletions.add(held.queueUrl, held.receiptHandle);
    this.#putDown(held);
  }

  /** Gives it back, visible again after `delayS` seconds. */
  async giveBack(held: Held, delayS = 0): Promise<void> {
    this.#putDown(held);
    await this.show(held, delayS);
  }

  /** Changes when a message that is not in hand any more is seen again. */
  async show({ queueUrl: QueueUrl, receiptHandle: ReceiptHandle }: Held, delayS = 0): Promise<void> {
    try {
      await this.#sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: delayS }));
    } catch (error) {
      this.#logger.warn({ error }, 'queue message not given back');
    }
  }

  /** Leaves it to its visibility timeout, and in the end to the redrive. */
  leave(held: Held): void {
    this.#putDown(held);
  }

  /** Gives back at once whatever is in hand of a queue. */
  async giveBackAll(queueUrl: string): Promise<void> {
    await Promise.all(this.#heldOf(queueUrl).map((held) => this.giveBack(held)));
  }

  /** Leaves whatever is in hand of a queue to its visibility timeout. */
  leaveAll(queueUrl: string): void {
    for (const held of this.#heldOf(queueUrl)) this.leave(held);
  }

  stop(): void {
    this.#cancel();
  }

  /** What is in hand of a queue and not done. */
  #heldOf(queueUrl: string): readonly Held[] {
    return [...this.#held.values()].filter((held) => held.queueUrl === queueUrl && !this.#done.has(held.receiptHandle));
  }

  #isBusy(queueUrl: string): boolean {
    return this.#heldOf(queueUrl).length > 0;
  }

  #putDown(held: Held): void {
    this.#held.delete(held.receiptHandle);
    this.#done.delete(held.receiptHandle);
    if (!this.#isBusy(held.queueUrl)) this.#deletions.flush(held.queueUrl);
    for (const wake of this.#roomWanted) wake();
    this.#roomWanted.clear();
  }

  #arm(): void {
    this.#cancel = this.#clock.after(EXTEND_EVERY_MS, () => {
      this.#arm();
      void this.#extendAll();
    });
  }

  async #extendAll(): Promise<void> {
    const byQueue = Map.groupBy(this.#held.values(), ({ queueUrl }) => queueUrl);
    for (const [queueUrl, held] of byQueue) {
      for (let at = 0; at < held.length; at += BATCH) await this.#extend(queueUrl, held.slice(at, at + BATCH));
    }
  }

  async #extend(QueueUrl: string, held: readonly Held[]): Promise<void> {
    const Entries = held.map(({ receiptHandle: ReceiptHandle }, index) => ({
      Id: String(index),
      ReceiptHandle,
      VisibilityTimeout: VISIBILITY_S,
    }));
    try {
      const { Failed = [] } = await this.#sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
      if (Failed.length > 0) this.#logger.debug({ count: Failed.length }, 'visibility not extended');
    } catch (error) {
      this.#logger.warn({ error }, 'visibility not extended');
    }
  }
}
