import { type CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';

/** SQS writes its metrics once a minute, a minute or two late. Milliseconds. */
const LOOK_BACK_MS = 5 * 60_000;
const PERIOD_S = 60;

/**
 * Age of the oldest message of each queue, seconds, from CloudWatch's ApproximateAgeOfOldestMessage. A queue that was idle has no figure.
 * @param names at most 500, as many as one GetMetricData call takes
 */
export async function queueAges(
  cloudwatch: CloudWatchClient,
  names: readonly string[],
  nowMs: number,
): Promise<ReadonlyMap<string, number>> {
  const { MetricDataResults = [] } = await cloudwatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(nowMs - LOOK_BACK_MS),
      EndTime: new Date(nowMs),
      ScanBy: 'TimestampDescending',
      MetricDataQueries: names.map((name, index) => ({
        Id: `q${index}`,
        MetricStat: {
          Metric: {
            Namespace: 'AWS/SQS',
            MetricName: 'ApproximateAgeOfOldestMessage',
            Dimensions: [{ Name: 'QueueName', Value: name }],
          },
          Period: PERIOD_S,
          Stat: 'Maximum',
        },
      })),
    }),
  );
  const ages = new Map<string, number>();
  for (const { Id = '', Values } of MetricDataResults) {
    const name = names[Number(Id.slice(1))];
    const newest = Values?.[0];
    if (name !== undefined && newest !== undefined) ages.set(name, newest);
  }
  return ages;
}
