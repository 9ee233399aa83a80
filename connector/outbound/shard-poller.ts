import { type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type Clock, sleep } from '#core/domain/clock.ts';
import { LONG_POLL_S } from '#core/domain/pace.ts';
import type { Logger } from '../observability/logger.ts';
import { type Hand, type Held, VISIBILITY_S } from './hand.ts';
import { isNudge, sendNudge } from './nudge.ts';

export interface ShardPollerOptions {
  readonly queueUrl: string;
  /** For receiving only: long polls would fill the sockets of others. */
  readonly polling: SQSClient;
  readonly sqs: SQSClient;
  readonly hand: Hand;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly accept: (held: Held) => void;
  /** Unique ids for nudges. */
  readonly newId: () => string;
}

const MESSAGES_A_POLL = 10;
/** After a failed poll, milliseconds. */
const PAUSE_MS = 1000;

/** Takes messages from the queue of one shard and hands them on without waiting for what becomes of them. */
export class ShardPoller {
  readonly #options: ShardPollerOptions;
  readonly #stopping = new AbortController();
  readonly #polled: Promise<void>;
  #polling = false;

  constructor(options: ShardPollerOptions) {
    this.#options = options;
    this.#polled = this.#poll();
  }

  /** Ends the polling without losing what the last poll returns. Resolves when it has ended. */
  async stop(): Promise<void> {
    const { sqs, queueUrl, logger, newId } = this.#options;
    this.#stopping.abort();
    if (this.#polling) {
      await sendNudge(sqs, queueUrl, newId()).catch((error: unknown) => logger.warn({ error }, 'nudge not sent'));
    }
    await this.#polled;
  }

  async #poll(): Promise<void> {
    const { hand, clock, logger } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await hand.room(signal);
      if (signal.aborted) return;
      try {
        await this.#receive();
      } catch (error) {
        logger.warn({ error }, 'poll failed');
        await sleep(clock, PAUSE_MS, signal);
      }
    }
  }

  async #receive(): Promise<void> {
    const { polling, queueUrl } = this.#options;
    const command = new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      WaitTimeSeconds: LONG_POLL_S,
      MaxNumberOfMessages: MESSAGES_A_POLL,
      VisibilityTimeout: VISIBILITY_S,
      MessageSystemAttributeNames: ['MessageGroupId', 'ApproximateReceiveCount'],
    });
    this.#polling = true;
    const { Messages = [] } = await polling.send(command).finally(() => {
      this.#polling = false;
    });
    for (const message of Messages) this.#accept(message);
  }

  #accept(message: Message): void {
    const { hand, accept, queueUrl } = this.#options;
    const held: Held = {
      queueUrl,
      receiptHandle: message.ReceiptHandle ?? '',
      body: message.Body ?? '',
      group: message.Attributes?.MessageGroupId ?? '',
      receiveCount: Number(message.Attributes?.ApproximateReceiveCount ?? 1),
    };
    hand.take(held);
    if (isNudge(held.body)) void hand.done(held);
    else if (this.#stopping.signal.aborted) void hand.giveBack(held);
    else accept(held);
  }
}
