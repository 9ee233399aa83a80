import { DeleteMessageBatchCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Event, EventDelivery } from '#core/contracts/event.ts';

/** Everything that came to the event queues, in the order of the queues, second copies included. */
export class CollectedEvents {
  readonly all: Event[] = [];
  readonly #over = new AbortController();
  readonly #collecting: Promise<unknown>;

  /** Begins to take events off at once. */
  constructor(sqs: SQSClient, queueUrls: readonly string[]) {
    this.#collecting = Promise.all(queueUrls.map((queueUrl) => this.#collect(sqs, queueUrl)));
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await this.#collecting;
  }

  async #collect(sqs: SQSClient, QueueUrl: string): Promise<void> {
    while (!this.#over.signal.aborted) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
      );
      if (Messages.length === 0) continue;
      for (const { Body } of Messages) this.all.push((JSON.parse(Body ?? '') as EventDelivery).event);
      const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    }
  }
}
