import { type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type Clock, sleep } from '#core/domain/clock.ts';
import { IDLE_SHARD_GLANCE_MS, LONG_POLL_S } from '#core/domain/pace.ts';
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
  /** The shard has sessions. */
  readonly inUse: () => boolean;
  /** Unique ids for nudges. */
  readonly newId: () => string;
}

const MESSAGES_A_POLL = 10;
/** After a failed poll, milliseconds. */
const PAUSE_MS = 1000;
/**
 * So long after its beginning, the last message or the last wake-up the queue of a shard without sessions is still polled,
 * milliseconds: what a killed owner had in hand is seen again after 30 s, and the index of sessions is late by a moment.
 */
const QUIET_AFTER_MS = 120_000;
/** A glance at such a queue asks all of SQS's servers, which a short poll does not, seconds. */
const GLANCE_S = 1;

/**
 * Takes messages from the queue of one shard and hands them on without waiting for what becomes of them. A shard without
 * sessions is not polled, but looked at now and then.
 */
export class ShardPoller {
  readonly #options: ShardPollerOptions;
  readonly #stopping = new AbortController();
  readonly #polled: Promise<void>;
  #polling = false;
  #busyAtMs: number;
  #wake = (): void => undefined;

  constructor(options: ShardPollerOptions) {
    this.#options = options;
    this.#busyAtMs = options.clock.monotonic();
    this.#polled = this.#poll();
  }

  /** Polls from now on, for a while at least. */
  wake(): void {
    this.#busyAtMs = this.#options.clock.monotonic();
    this.#wake();
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
      const glance = !this.#isBusy();
      if (glance) await this.#rest();
      if (signal.aborted) return;
      try {
        await this.#receive(glance && !this.#isBusy() ? GLANCE_S : LONG_POLL_S);
      } catch (error) {
        logger.warn({ error }, 'poll failed');
        await sleep(clock, PAUSE_MS, signal);
      }
    }
  }

  #isBusy(): boolean {
    const { inUse, clock } = this.#options;
    return inUse() || clock.monotonic() - this.#busyAtMs < QUIET_AFTER_MS;
  }

  /** Until it is time for a glance, or something wakes us. */
  async #rest(): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await sleep(this.#options.clock, IDLE_SHARD_GLANCE_MS, AbortSignal.any([woken.signal, this.#stopping.signal]));
  }

  async #receive(WaitTimeSeconds: number): Promise<void> {
    const { polling, queueUrl } = this.#options;
    const command = new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      WaitTimeSeconds,
      MaxNumberOfMessages: MESSAGES_A_POLL,
      VisibilityTimeout: VISIBILITY_S,
      MessageSystemAttributeNames: ['MessageGroupId', 'ApproximateReceiveCount', 'SequenceNumber'],
    });
    this.#polling = true;
    const { Messages = [] } = await polling.send(command).finally(() => {
      this.#polling = false;
    });
    if (Messages.length > 0) this.#busyAtMs = this.#options.clock.monotonic();
    for (const message of Messages) this.#accept(message);
  }

  #accept(message: Message): void {
    const { hand, accept, queueUrl } = this.#options;
    const held: Held = {
      queueUrl,
      receiptHandle: message.ReceiptHandle ?? '',
      body: message.Body ?? '',
      group: message.Attributes?.MessageGroupId ?? '',
      sequence: message.Attributes?.SequenceNumber ?? '',
      receiveCount: Number(message.Attributes?.ApproximateReceiveCount ?? 1),
    };
    hand.take(held);
    if (isNudge(held.body)) void hand.done(held);
    else if (this.#stopping.signal.aborted) void hand.giveBack(held);
    else accept(held);
  }
}
