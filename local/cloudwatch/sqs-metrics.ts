import type { SqsService } from '../sqs/sqs-service.ts';
import type { MetricStore } from './metric-store.ts';

const NAMESPACE = 'AWS/SQS';

/** Names of SQS's counters by what happened. A message that SQS dead-letters by itself is not counted as sent. */
const COUNTERS = {
  sent: 'NumberOfMessagesSent',
  received: 'NumberOfMessagesReceived',
  deleted: 'NumberOfMessagesDeleted',
} as const;

/**
 * Feeds the metrics of `AWS/SQS` that depend on messages, dimension `QueueName`: counters as things happen, depths and
 * the age of the oldest message whenever somebody reads them. Returns how to stop.
 */
export function feedSqsMetrics(store: MetricStore, sqs: SqsService): () => void {
  const record = (queue: string, name: string, value: number, unit = 'Count'): void =>
    store.record({ namespace: NAMESPACE, name, dimensions: { QueueName: queue }, value, unit });
  const stopCounters = sqs.on((event) => {
    if (event.type !== 'deadLettered') record(event.queue, COUNTERS[event.type], 1);
  });
  const stopFeed = store.feed(NAMESPACE, () => {
    for (const queue of sqs.queueNames()) {
      const depth = sqs.depth(queue);
      record(queue, 'ApproximateNumberOfMessagesVisible', depth.visible);
      record(queue, 'ApproximateNumberOfMessagesNotVisible', depth.inFlight);
      record(queue, 'ApproximateNumberOfMessagesDelayed', depth.delayed);
      record(queue, 'ApproximateAgeOfOldestMessage', Math.floor(depth.oldestAgeMs / 1000), 'Seconds');
    }
  });
  return () => {
    stopCounters();
    stopFeed();
  };
}
