import { DatabaseSync } from 'node:sqlite';
import {
  CloudWatchClient,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AlarmApi } from '../../../local/alarms/alarm-api.ts';
import { readAlarm } from '../../../local/alarms/alarm-definition.ts';
import { AlarmWatch } from '../../../local/alarms/alarm-watch.ts';
import { startAwsServer } from '../../../local/aws/aws-server.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { CloudWatchService } from '../../../local/cloudwatch/cloudwatch-service.ts';
import { MetricStore, MINUTE_MS } from '../../../local/cloudwatch/metric-store.ts';

const START_MS = Date.parse('2026-11-20T14:00:20Z');
const properties = {
  AlarmActions: [],
  ComparisonOperator: 'GreaterThanThreshold',
  EvaluationPeriods: 1,
  Threshold: 0,
  Namespace: 'Pombo',
  MetricName: 'WebhookFailed',
  Period: 60,
  Statistic: 'Sum',
};

async function startAlarms() {
  const clock = new VirtualClock(START_MS);
  const metrics = new MetricStore(clock);
  const watch = new AlarmWatch({
    clock,
    database: new DatabaseSync(':memory:'),
    metrics,
    region: 'us-east-1',
    alarms: ['Pombo-A', 'Pombo-B'].map((name) => readAlarm({ logicalId: 'A', name, arn: `arn:${name}`, properties })),
    publish: () => {},
    onChange: () => {},
  });
  const service = new CloudWatchService({ store: metrics });
  const defects: unknown[] = [];
  const server = await startAwsServer({
    services: new Map([['monitoring', service]]),
    onDefect: (error) => defects.push(error),
  });
  const client = new CloudWatchClient({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
  const stop = async (): Promise<void> => {
    watch.stop();
    client.destroy();
    await server.close();
    expect(defects).toEqual([]);
  };
  return { clock, watch, service, client, stop };
}

let bed: Awaited<ReturnType<typeof startAlarms>>;
beforeEach(async () => {
  bed = await startAlarms();
});
afterEach(() => bed.stop());

describe('AlarmApi', () => {
  it('describes alarms with their state, sets it until the next evaluation, and tells their history', async () => {
    const { client, watch, service, clock } = bed;
    service.serveAlarms(new AlarmApi(watch));
    watch.start();
    await client.send(
      new SetAlarmStateCommand({ AlarmName: 'Pombo-B', StateValue: 'ALARM', StateReason: 'Looking where it leads.' }),
    );
    const ringing = await client.send(new DescribeAlarmsCommand({ StateValue: 'ALARM' }));
    expect(ringing.MetricAlarms).toMatchObject([
      {
        AlarmName: 'Pombo-B',
        AlarmArn: 'arn:Pombo-B',
        StateValue: 'ALARM',
        StateReason: 'Looking where it leads.',
        StateUpdatedTimestamp: new Date(START_MS),
        DatapointsToAlarm: 1,
        TreatMissingData: 'missing',
      },
    ]);
    await clock.advance(7 * MINUTE_MS);
    const { MetricAlarms } = await client.send(new DescribeAlarmsCommand({ AlarmNames: ['Pombo-B'] }));
    expect(MetricAlarms?.map(({ StateValue }) => StateValue)).toEqual(['INSUFFICIENT_DATA']);
    const { AlarmHistoryItems } = await client.send(
      new DescribeAlarmHistoryCommand({ AlarmName: 'Pombo-B', HistoryItemType: 'StateUpdate' }),
    );
    expect(AlarmHistoryItems?.map(({ HistorySummary }) => HistorySummary)).toEqual([
      'Alarm updated from ALARM to INSUFFICIENT_DATA',
      'Alarm updated from INSUFFICIENT_DATA to ALARM',
    ]);
  });

  it('finds alarms by the beginning of their names', async () => {
    bed.service.serveAlarms(new AlarmApi(bed.watch));
    const named = async (AlarmNamePrefix: string) =>
      (await bed.client.send(new DescribeAlarmsCommand({ AlarmNamePrefix }))).MetricAlarms?.length;
    expect([await named('Pombo-'), await named('Pombo-A'), await named('X')]).toEqual([2, 1, 0]);
  });

  it('refuses an alarm that is not there, a state that is none, and everything before the alarms are there', async () => {
    const set = (AlarmName: string, StateValue: string) =>
      bed.client.send(new SetAlarmStateCommand({ AlarmName, StateValue: StateValue as 'OK', StateReason: '' }));
    await expect(set('Pombo-A', 'OK')).rejects.toThrow('not there yet');
    bed.service.serveAlarms(new AlarmApi(bed.watch));
    await expect(set('Pombo-C', 'OK')).rejects.toMatchObject({ name: 'ResourceNotFound' });
    await expect(set('Pombo-A', 'FINE')).rejects.toMatchObject({ name: 'ValidationException' });
  });
});
