import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { DeduplicationScope, FifoThroughputLimit, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** The longest that SQS keeps a message; on every queue, so that a weekend's outage loses nothing (D5). */
const RETENTION = Duration.days(14);

/** What a FIFO queue needs for SQS's high-throughput mode. */
const HIGH_THROUGHPUT = {
  fifo: true,
  deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
  fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
} as const;

const COMMON = {
  retentionPeriod: RETENTION,
  encryption: QueueEncryption.SQS_MANAGED,
  enforceSSL: true,
  removalPolicy: RemovalPolicy.DESTROY,
} as const;

/** A dead-letter queue. */
export class DeadLetterQueue extends Queue {
  constructor(scope: Construct, id: string, props: { readonly fifo: boolean; readonly visibilityTimeout: Duration }) {
    super(scope, id, {
      ...COMMON,
      ...(props.fifo ? HIGH_THROUGHPUT : {}),
      visibilityTimeout: props.visibilityTimeout,
    });
  }
}

export interface WorkQueueProps {
  /** Keeps the order within a message group. */
  readonly fifo: boolean;
  readonly visibilityTimeout: Duration;
  /** Receives after which a message is moved to the dead-letter queue. */
  readonly maxReceiveCount: number;
  /** A queue that several share; @default one of its own */
  readonly deadLetterQueue?: DeadLetterQueue;
}

/** A queue whose poison messages end in a dead-letter queue. */
export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetterQueue: DeadLetterQueue;

  constructor(scope: Construct, id: string, props: WorkQueueProps) {
    super(scope, id);
    this.deadLetterQueue =
      props.deadLetterQueue ??
      new DeadLetterQueue(this, 'DeadLetters', { fifo: props.fifo, visibilityTimeout: props.visibilityTimeout });
    this.queue = new Queue(this, 'Queue', {
      ...COMMON,
      ...(props.fifo ? HIGH_THROUGHPUT : {}),
      visibilityTimeout: props.visibilityTimeout,
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: props.maxReceiveCount },
    });
  }
}
