import { Duration } from 'aws-cdk-lib';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Deployment } from '../config/deployment.ts';
import { DELIVER_TIMEOUT } from './timeouts.ts';
import { DeadLetterQueue, WorkQueue } from './work-queue.ts';

/** The connector extends it every 10 s while it has a command in hand (D5). */
const OUTBOUND_VISIBILITY = Duration.seconds(30);
/** Hand-overs cost a receive each; ten leave room for a rolling deploy on a bad day. */
const OUTBOUND_MAX_RECEIVES = 10;
/**
 * Four times what AWS asks for at least: a kill of the function spends one of all that it had in hand, and a table that takes
 * nothing one each minute and a half (functions/deliver/come-back.ts): 27 minutes of it bring no event to the dead-letter queue.
 */
const EVENTS_MAX_RECEIVES = 20;
/** AWS's advice for a queue that feeds a function: six times its timeout. */
const VISIBILITY_PER_TIMEOUT = 6;

/** Commands on their way to WhatsApp, one queue per shard, and events on their way to webhooks, in two lanes (D9). */
export class Queues extends Construct {
  /** In shard order. */
  readonly outbound: readonly Queue[];
  /** One for all shards. */
  readonly outboundDeadLetters: DeadLetterQueue;
  /** Messages: in order per endpoint and chat. */
  readonly events: WorkQueue;
  /** Statuses and session changes: fair among endpoints, in no order. */
  readonly bulk: WorkQueue;

  constructor(scope: Construct, id: string, { config, customerKey }: Deployment) {
    super(scope, id);
    const feedsFunction = Duration.seconds(DELIVER_TIMEOUT.toSeconds() * VISIBILITY_PER_TIMEOUT);
    this.outboundDeadLetters = new DeadLetterQueue(this, 'OutboundDeadLetters', {
      fifo: true,
      visibilityTimeout: feedsFunction,
      customerKey,
    });
    this.outbound = Array.from(
      { length: config.shards },
      (_, shard) =>
        new WorkQueue(this, `Outbound${shard}`, {
          fifo: true,
          visibilityTimeout: OUTBOUND_VISIBILITY,
          customerKey,
          maxReceiveCount: OUTBOUND_MAX_RECEIVES,
          deadLetterQueue: this.outboundDeadLetters,
        }).queue,
    );
    this.events = new WorkQueue(this, 'Events', {
      fifo: true,
      visibilityTimeout: feedsFunction,
      customerKey,
      maxReceiveCount: EVENTS_MAX_RECEIVES,
    });
    this.bulk = new WorkQueue(this, 'Bulk', {
      fifo: false,
      visibilityTimeout: feedsFunction,
      customerKey,
      maxReceiveCount: EVENTS_MAX_RECEIVES,
    });
  }
}
