import { DeleteMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Clock } from '#core/domain/clock.ts';
import type { Logger } from '../observability/logger.ts';

/** A message that has to leave its queue. */
interface Deletion {
  readonly receiptHandle: string;
  readonly ended: () => void;
}

interface Waiting {
  readonly deletions: Deletion[];
  cancel: (() => void) | undefined;
}

export interface DeletionsOptions {
  readonly sqs: SQSClient;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether more messages of that queue are going to be deleted soon. */
  readonly isBusy: (queueUrl: string) => boolean;
}

/** SQS deletes so many messages in one call (DeleteMessageBatch), for the price of one. */
const BATCH = 10;
/**
 * How long a deletion waits for others of a busy queue, milliseconds. A message that SQS gives out again after a crash is told
 * again under the ids that it had, so that a wait costs nothing but that; the next message of its chat, if it is not in hand
 * already, waits as long.
 */
const LINGER_MS = 250;

/** Deletes queue messages, ten in a call while their queue is busy and at once while it is not. */
export class Deletions {
  readonly #options: DeletionsOptions;
  readonly #waiting = new Map<string, Waiting>();

  constructor(options: DeletionsOptions) {
    this.#options = options;
  }

  /** Resolves when it was tried. A failure only means that the message comes again. */
  add(queueUrl: string, receiptHandle: string): Promise<void> {
    return new Promise((ended) => {
      const waiting = this.#waiting.get(queueUrl) ?? { deletions: [], cancel: undefined };
      this.#waiting.set(queueUrl, waiting);
      waiting.deletions.push({ receiptHandle, ended });
      if (waiting.deletions.length >= BATCH || !this.#options.isBusy(queueUrl)) this.flush(queueUrl);
      else waiting.cancel ??= this.#options.clock.after(LINGER_MS, () => this.flush(queueUrl));
    });
  }

  /** Waits for no more deletions of that queue. */
  flush(queueUrl: string): void {
    const waiting = this.#waiting.get(queueUrl);
    if (!waiting) return;
    this.#waiting.delete(queueUrl);
    waiting.cancel?.();
    void this.#delete(queueUrl, waiting.deletions);
  }

  async #delete(QueueUrl: string, deletions: readonly Deletion[]): Promise<void> {
    const { sqs, logger } = this.#options;
    const Entries = deletions.map(({ receiptHandle: ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    try {
      const { Failed = [] } = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
      if (Failed.length > 0) logger.warn({ count: Failed.length, code: Failed[0]?.Code }, 'queue messages not deleted');
    } catch (error) {
      logger.warn({ error, count: deletions.length }, 'queue messages not deleted');
    }
    for (const { ended } of deletions) ended();
  }
}
