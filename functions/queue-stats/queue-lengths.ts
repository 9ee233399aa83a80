import type { SQSClient } from '@aws-sdk/client-sqs';
import { queueDepth } from '#core/adapters/sqs/queue-depth.ts';
import type { Clock } from '#core/domain/clock.ts';
import { QUEUE_LENGTH_MINUTES } from '#core/domain/pace.ts';
import { Metric } from '#core/observability/metrics.ts';

const MINUTE_MS = 60_000;

export interface QueueLengthOptions {
  readonly sqs: SQSClient;
  readonly outboundQueueUrls: readonly string[];
  readonly eventsQueueUrl: string;
  readonly bulkQueueUrl: string;
  readonly clock: Pick<Clock, 'now'>;
  /** Takes metrics by name. */
  readonly count: (metrics: Readonly<Record<string, number>>) => void;
}

/**
 * Every five minutes: how many messages wait in the longest outbound queue, and in the longer of the two lanes of webhooks. Two
 * metrics of our own, where CloudWatch would bill an alarm for each queue.
 * @throws Error of SQS
 */
export async function measureQueues(options: QueueLengthOptions): Promise<void> {
  const { sqs, outboundQueueUrls, eventsQueueUrl, bulkQueueUrl, clock, count } = options;
  if (Math.floor(clock.now() / MINUTE_MS) % QUEUE_LENGTH_MINUTES !== 0) return;
  const longest = async (urls: readonly string[]): Promise<number> => {
    const depths = await Promise.all(urls.map((url) => queueDepth(sqs, url)));
    return Math.max(...depths.map(({ waiting }) => waiting));
  };
  const [outbound, webhooks] = await Promise.all([longest(outboundQueueUrls), longest([eventsQueueUrl, bulkQueueUrl])]);
  count({ [Metric.outboundLength]: outbound, [Metric.webhooksLength]: webhooks });
}
