import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, type SQSClient } from '@aws-sdk/client-sqs';
import { type Clock, sleep } from '../../domain/clock.ts';

/** What is to go on a queue. */
export interface QueueMessage {
  readonly MessageBody: string;
  /** Order within a group is kept on a FIFO queue. */
  readonly MessageGroupId: string;
  /** FIFO queues only. */
  readonly MessageDeduplicationId?: string;
}

export interface SendBatcherOptions {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly fifo: boolean;
  /**
   * A message waits so long for others while a call is under way, milliseconds. While none is it goes at once, so that a
   * quiet deployment waits for nothing and a busy one pays for a call every few messages.
   */
  readonly lingerMs: number;
  readonly clock: Clock;
}

/** A message that SQS will never take: too long, or with characters that it does not allow. */
export class MessageRefusedError extends Error {
  override readonly name = 'MessageRefusedError';
}

/** SQS takes ten messages in one call … */
const MOST_MESSAGES = 10;
/** … and 1 MiB in all, as in one message; a little is left for attributes. */
const MOST_BYTES = 1024 * 1024 - 4096;
/** Calls under way at a time; behind them batches fill up. */
const MOST_CALLS = 8;

/** SQS may refuse single entries of a batch; they are sent again this many times before they fail. */
const RESENDS = 3;
/** Wait before the first resend, milliseconds; doubles each time. */
const RESEND_AFTER_MS = 100;
/** SQS's codes for entries that are refused for what they are. */
const FINAL_CODES: ReadonlySet<string> = new Set(['InvalidMessageContents', 'MessageTooLong', 'InvalidParameterValue']);

interface Waiting {
  readonly message: QueueMessage;
  readonly bytes: number;
  readonly sinceMs: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Sends messages to one queue in batches. On a FIFO queue a group has one message under way at a time: SQS may take the
 * second message of a group and refuse the first of the same call.
 */
export class SendBatcher {
  readonly #options: SendBatcherOptions;
  #waiting: Waiting[] = [];
  readonly #busyGroups = new Set<string>();
  #calls = 0;
  #isDue = false;
  #isLingering = false;

  constructor(options: SendBatcherOptions) {
    this.#options = options;
  }

  /**
   * Resolves when SQS has the message. Rejects when it does not take it; later messages of its group that wait here are
   * rejected too.
   * @throws MessageRefusedError when it never will
   */
  send(message: QueueMessage): Promise<void> {
    const bytes = Buffer.byteLength(message.MessageBody);
    if (bytes > MOST_BYTES)
      return Promise.reject(new MessageRefusedError(`A message of ${bytes} bytes is too long for SQS.`));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ message, bytes, sinceMs: this.#options.clock.monotonic(), resolve, reject });
      this.#look();
    });
  }

  /** What is asked for in one turn goes into one batch. */
  #look(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      this.#dispatch();
    });
  }

  #dispatch(): void {
    const { clock, lingerMs } = this.#options;
    while (this.#calls < MOST_CALLS) {
      const batch = this.#next();
      const oldest = batch[0];
      if (!oldest) return;
      const waitedMs = clock.monotonic() - oldest.sinceMs;
      if (this.#calls > 0 && batch.length < MOST_MESSAGES && waitedMs < lingerMs) {
        this.#linger(lingerMs - waitedMs);
        return;
      }
      const taken = new Set(batch);
      this.#waiting = this.#waiting.filter((waiting) => !taken.has(waiting));
      void this.#call(batch);
    }
  }

  #linger(delayMs: number): void {
    if (this.#isLingering) return;
    this.#isLingering = true;
    this.#options.clock.after(delayMs, () => {
      this.#isLingering = false;
      this.#dispatch();
    });
  }

  /** The messages of the next call, in order. */
  #next(): readonly Waiting[] {
    const batch: Waiting[] = [];
    const groups = new Set(this.#busyGroups);
    let bytes = 0;
    for (const waiting of this.#waiting) {
      const group = waiting.message.MessageGroupId;
      if (batch.length === MOST_MESSAGES) break;
      if (this.#options.fifo && groups.has(group)) continue;
      groups.add(group);
      // A smaller one of another group may still fit.
      if (bytes + waiting.bytes > MOST_BYTES) continue;
      bytes += waiting.bytes;
      batch.push(waiting);
    }
    return batch;
  }

  async #call(batch: readonly Waiting[]): Promise<void> {
    const { clock } = this.#options;
    this.#calls += 1;
    for (const { message } of batch) this.#busyGroups.add(message.MessageGroupId);
    let left = batch;
    for (let resend = 0; left.length > 0; resend++) {
      if (resend > 0) await sleep(clock, RESEND_AFTER_MS * 2 ** (resend - 1));
      left = await this.#attempt(left, resend === RESENDS);
      this.#look();
    }
    this.#calls -= 1;
    this.#look();
  }

  /** @returns those that have to be sent again */
  async #attempt(batch: readonly Waiting[], last: boolean): Promise<readonly Waiting[]> {
    const { sqs, queueUrl: QueueUrl } = this.#options;
    const Entries = batch.map(
      ({ message }, index): SendMessageBatchRequestEntry => ({ Id: String(index), ...message }),
    );
    try {
      const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
      const codes = new Map(Failed.map(({ Id, Code = 'unknown' }) => [Id, Code]));
      return batch.filter((waiting, index) => this.#isLeft(waiting, codes.get(String(index)), last));
    } catch (error) {
      for (const waiting of batch) this.#fail(waiting, error);
      return [];
    }
  }

  #isLeft(waiting: Waiting, code: string | undefined, last: boolean): boolean {
    if (code === undefined) {
      this.#busyGroups.delete(waiting.message.MessageGroupId);
      waiting.resolve();
      return false;
    }
    if (FINAL_CODES.has(code)) this.#fail(waiting, new MessageRefusedError(`SQS refused a message: ${code}`));
    else if (last) this.#fail(waiting, new Error(`SQS refused messages: ${code}`));
    else return true;
    return false;
  }

  /** Nothing of its group may overtake what its sender is going to send again. */
  #fail(failed: Waiting, error: unknown): void {
    const group = failed.message.MessageGroupId;
    const followers = this.#options.fifo ? this.#waiting.filter(({ message }) => message.MessageGroupId === group) : [];
    this.#waiting = this.#waiting.filter((waiting) => !followers.includes(waiting));
    this.#busyGroups.delete(group);
    for (const waiting of [failed, ...followers]) waiting.reject(error);
  }
}
