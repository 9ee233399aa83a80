import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { DeduplicationScope, FifoThroughputLimit, Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
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
  enforceSSL: true,
  removalPolicy: RemovalPolicy.DESTROY,
} as const;

/** SQS asks KMS for a new data key this often: each costs a request, and an hour of messages shares one. */
const DATA_KEY_REUSE = Duration.hours(1);

const encryptionOf = (customerKey: IKey | undefined): QueueProps =>
  customerKey
    ? { encryption: QueueEncryption.KMS, encryptionMasterKey: customerKey, dataKeyReuse: DATA_KEY_REUSE }
    : { encryption: QueueEncryption.SQS_MANAGED };

export interface DeadLetterQueueProps {
  readonly fifo: boolean;
  readonly visibilityTimeout: Duration;
  /** @default a key of SQS's own */
  readonly customerKey: IKey | undefined;
}

/** A dead-letter queue. */
export class DeadLetterQueue extends Queue {
  constructor(scope: Construct, id: string, props: DeadLetterQueueProps) {
    super(scope, id, {
      ...COMMON,
      ...encryptionOf(props.customerKey),
      ...(props.fifo ? HIGH_THROUGHPUT : {}),
      visibilityTimeout: props.visibilityTimeout,
    });
  }
}

/** `fifo` keeps the order within a message group. */
export interface WorkQueueProps extends DeadLetterQueueProps {
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
    this.deadLetterQueue = props.deadLetterQueue ?? new DeadLetterQueue(this, 'DeadLetters', props);
    this.queue = new Queue(this, 'Queue', {
      ...COMMON,
      ...encryptionOf(props.customerKey),
      ...(props.fifo ? HIGH_THROUGHPUT : {}),
      visibilityTimeout: props.visibilityTimeout,
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: props.maxReceiveCount },
    });
  }
}
