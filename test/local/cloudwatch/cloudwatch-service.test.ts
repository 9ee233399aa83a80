import { DatabaseSync } from 'node:sqlite';
import {
  CloudWatchClient,
  GetMetricDataCommand,
  type GetMetricDataCommandInput,
  type MetricDatum,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startAwsServer } from '../../../local/aws/aws-server.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { CloudWatchService } from '../../../local/cloudwatch/cloudwatch-service.ts';
import { MetricStore } from '../../../local/cloudwatch/metric-store.ts';
import { feedSqsMetrics } from '../../../local/cloudwatch/sqs-metrics.ts';
import { SqsService } from '../../../local/sqs/sqs-service.ts';

/** 2026-11-20T00:00:00Z */
const START_MS = 1_795_132_800_000;

async function startCloudWatch() {
  const clock = new VirtualClock(START_MS);
  const store = new MetricStore(clock);
  const defects: unknown[] = [];
  const services = new Map([['monitoring', new CloudWatchService({ store })]]);
  const server = await startAwsServer({ services, onDefect: (error) => defects.push(error) });
  const client = new CloudWatchClient({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
  const stop = async (): Promise<void> => {
    client.destroy();
    await server.close();
    if (defects.length > 0) throw new AggregateError(defects, 'The emulator failed.');
  };
  return { clock, store, client, stop };
}

let bed: Awaited<ReturnType<typeof startCloudWatch>>;
beforeEach(async () => {
  bed = await startCloudWatch();
});
afterEach(() => bed.stop());

const put = (MetricData: MetricDatum[], Namespace = 'Pombo') =>
  bed.client.send(new PutMetricDataCommand({ Namespace, MetricData }));
const stat = (MetricName: string, Stat = 'Sum', more = {}) => ({
  Id: 'q',
  MetricStat: { Metric: { Namespace: 'Pombo', MetricName }, Stat, Period: 60 },
  ...more,
});
const get = async (query: object, more: Partial<GetMetricDataCommandInput> = {}) => {
  const { MetricDataResults } = await bed.client.send(
    new GetMetricDataCommand({
      MetricDataQueries: [query as never],
      StartTime: new Date(START_MS - 3_600_000),
      EndTime: new Date(START_MS + 3_600_000),
      ...more,
    }),
  );
  return MetricDataResults?.[0];
};

describe('CloudWatch', () => {
  it('returns what was put, newest first', async () => {
    await put([
      { MetricName: 'Sent', Value: 2, Unit: 'Count', Timestamp: new Date(START_MS - 60_000) },
      { MetricName: 'Sent', Value: 3, Unit: 'Count' },
      { MetricName: 'Sent', Value: 4, Unit: 'Count' },
    ]);
    expect(await get(stat('Sent'))).toEqual({
      Id: 'q',
      Label: 'Sent',
      Timestamps: [new Date(START_MS), new Date(START_MS - 60_000)],
      Values: [7, 2],
      StatusCode: 'Complete',
    });
    expect((await get(stat('Sent'), { ScanBy: 'TimestampAscending' }))?.Values).toEqual([2, 7]);
  });

  it('takes values with counts, and statistic sets', async () => {
    await put([
      { MetricName: 'Latency', Values: [10, 20], Counts: [9, 1], Unit: 'Milliseconds' },
      { MetricName: 'Size', StatisticValues: { SampleCount: 4, Sum: 10, Minimum: 1, Maximum: 5 } },
    ]);
    expect((await get(stat('Latency', 'Average')))?.Values).toEqual([11]);
    expect((await get(stat('Latency', 'p90')))?.Values).toEqual([10]);
    expect((await get(stat('Latency', 'p95')))?.Values).toEqual([20]);
    expect((await get(stat('Size', 'Maximum')))?.Values).toEqual([5]);
    expect((await get(stat('Size', 'SampleCount')))?.Values).toEqual([4]);
  });

  it('takes a request that the SDK compresses', async () => {
    const many = Array.from({ length: 500 }, (_, n) => ({
      MetricName: `M${n}`,
      Value: n,
      Dimensions: [{ Name: 'Shard', Value: '0' }],
    }));
    await put(many);
    expect(bed.store.metrics()).toHaveLength(500);
  });

  it.each([
    ['an expression', { Id: 'q', Expression: 'm1 / m2' }, 'ValidationException'],
    ['an unknown statistic', stat('Sent', 'TM(10%:90%)'), 'ValidationException'],
    ['a period of seconds', { Id: 'q', MetricStat: { ...stat('Sent').MetricStat, Period: 10 } }, 'ValidationException'],
    ['an id in capitals', stat('Sent', 'Sum', { Id: 'Q' }), 'ValidationException'],
  ])('refuses to read %s', async (_, query, name) => {
    await expect(get(query)).rejects.toMatchObject({ name });
  });

  it('refuses data in the namespaces of AWS and data without a value', async () => {
    await expect(put([{ MetricName: 'x', Value: 1 }], 'AWS/SQS')).rejects.toThrow('Namespace is invalid');
    await expect(put([{ MetricName: 'x' }])).rejects.toThrow('only one');
  });

  it('reads depth and age of queues as they are now, and what happened to messages', async () => {
    const sqs = new SqsService({
      clock: bed.clock,
      database: new DatabaseSync(':memory:'),
      endpoint: () => '',
    });
    sqs.ensureQueues([{ name: 'work', properties: {} }]);
    feedSqsMetrics(bed.store, sqs);
    for (const body of ['a', 'b']) sqs.send('work', { body, senderId: 'test' });
    await bed.clock.advance(90_000);
    await sqs.receive('work', { max: 1 });
    const read = async (MetricName: string, Stat = 'Maximum') => {
      const Metric = { Namespace: 'AWS/SQS', MetricName, Dimensions: [{ Name: 'QueueName', Value: 'work' }] };
      return (await get({ Id: 'q', MetricStat: { Metric, Stat, Period: 300 } }))?.Values;
    };
    expect(await read('ApproximateAgeOfOldestMessage')).toEqual([90]);
    expect(await read('ApproximateNumberOfMessagesVisible')).toEqual([1]);
    expect(await read('ApproximateNumberOfMessagesNotVisible')).toEqual([1]);
    expect(await read('NumberOfMessagesSent', 'Sum')).toEqual([2]);
    expect(await read('NumberOfMessagesReceived', 'Sum')).toEqual([1]);
  });
});
