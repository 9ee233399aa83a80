import { setTimeout } from 'node:timers/promises';
import { DeleteMessageBatchCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Event, EventDelivery } from '#core/contracts/event.ts';

/** SQS gives no more. */
const MOST_A_CALL = 10;

/** Everything that came to the event queues, in the order of the queues, second copies included. */
export class CollectedEvents {
  readonly all: Event[] = [];
  readonly #over = new AbortController();
  readonly #collecting: Promise<unknown>;
  readonly #pauseMs: number;

  /**
   * Begins to take events off at once.
   * @param pauseMs lets a queue fill after a call that brought fewer than ten, so that few calls take much
   */
  constructor(sqs: SQSClient, queueUrls: readonly string[], pauseMs = 0) {
    this.#pauseMs = pauseMs;
    this.#collecting = Promise.all(queueUrls.map((queueUrl) => this.#collect(sqs, queueUrl)));
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await this.#collecting;
  }

  async #collect(sqs: SQSClient, QueueUrl: string): Promise<void> {
    while (!this.#over.signal.aborted) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: MOST_A_CALL, WaitTimeSeconds: 1 }),
      );
      if (Messages.length === 0) continue;
      for (const { Body } of Messages) this.all.push((JSON.parse(Body ?? '') as EventDelivery).event);
      const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
      if (Entries.length < MOST_A_CALL && this.#pauseMs > 0) await setTimeout(this.#pauseMs);
    }
  }
}
