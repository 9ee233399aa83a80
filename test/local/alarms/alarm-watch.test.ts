import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '#core/domain/clock.ts';
import { readAlarm } from '../../../local/alarms/alarm-definition.ts';
import { AlarmWatch } from '../../../local/alarms/alarm-watch.ts';
import type { AlarmChange } from '../../../local/alarms/notification.ts';
import { AwsError } from '../../../local/aws/json-protocol.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { MetricStore, MINUTE_MS } from '../../../local/cloudwatch/metric-store.ts';

/** Not on a full minute, as no start is. */
const START_MS = Date.parse('2026-11-20T14:00:20Z');
const TOPIC = 'arn:aws:sns:us-east-1:000000000000:failures';
const depth = { namespace: 'AWS/SQS', name: 'ApproximateNumberOfMessagesVisible', dimensions: { QueueName: 'dead' } };
const deadLetters = {
  AlarmDescription: 'Dead letters wait.\nRunbook: docs/runbook.md#dead-letters',
  AlarmActions: [TOPIC],
  OKActions: [TOPIC],
  ComparisonOperator: 'GreaterThanThreshold',
  EvaluationPeriods: 1,
  Threshold: 0,
  TreatMissingData: 'notBreaching',
  Namespace: depth.namespace,
  MetricName: depth.name,
  Dimensions: [{ Name: 'QueueName', Value: 'dead' }],
  Period: 300,
  Statistic: 'Maximum',
};
const tasks = {
  ...deadLetters,
  ComparisonOperator: 'LessThanThreshold',
  Threshold: 1,
  EvaluationPeriods: 5,
  TreatMissingData: 'breaching',
  Namespace: 'AWS/ECS',
  MetricName: 'CPUUtilization',
  Dimensions: [],
  Period: 60,
  Statistic: 'SampleCount',
};

let clock: VirtualClock;
let database: DatabaseSync;
let metrics: MetricStore;
let watch: AlarmWatch | undefined;
let published: { topicArn: string; subject: string; message: string }[];
let changes: AlarmChange[];
let onMinute: () => void;
let refuse: AwsError | undefined;

function start(properties: object, at: Clock = clock): AlarmWatch {
  watch?.stop();
  watch = new AlarmWatch({
    clock: at,
    database,
    metrics,
    region: 'us-east-1',
    alarms: [readAlarm({ logicalId: 'A', name: 'Pombo-A', arn: 'arn:aws:cloudwatch:a', properties })],
    publish(topicArn, { subject, message }) {
      if (refuse) throw refuse;
      published.push({ topicArn, subject, message });
    },
    onMinute: () => onMinute(),
    onChange: (change) => void changes.push(change),
  });
  watch.start();
  return watch;
}

const minutes = (count: number): Promise<void> => clock.advance(count * MINUTE_MS);

beforeEach(() => {
  clock = new VirtualClock(START_MS);
  database = new DatabaseSync(':memory:');
  metrics = new MetricStore(clock);
  published = [];
  changes = [];
  onMinute = () => {};
  refuse = undefined;
});

afterEach(() => {
  watch?.stop();
  watch = undefined;
});

describe('AlarmWatch', () => {
  it('publishes what CloudWatch publishes when the threshold is crossed', async () => {
    start(deadLetters);
    await minutes(6);
    expect(changes.map(({ from, to }) => [from, to])).toEqual([['INSUFFICIENT_DATA', 'OK']]);
    metrics.record({ ...depth, value: 3 });
    await minutes(1);
    const { topicArn, subject, message } = published.at(-1) ?? {};
    expect(topicArn).toBe(TOPIC);
    expect(subject).toBe('ALARM: "Pombo-A" in US East (N. Virginia)');
    expect(JSON.parse(message ?? '')).toEqual({
      AlarmName: 'Pombo-A',
      AlarmDescription: deadLetters.AlarmDescription,
      AWSAccountId: '000000000000',
      AlarmConfigurationUpdatedTimestamp: '2026-11-20T14:00:20.000+0000',
      NewStateValue: 'ALARM',
      NewStateReason:
        'Threshold Crossed: 1 out of the last 1 datapoints [3.0 (20/11/26 14:02:00)] was greater than the threshold (0.0) (minimum 1 datapoint for OK -> ALARM transition).',
      StateChangeTime: '2026-11-20T14:07:00.000+0000',
      Region: 'US East (N. Virginia)',
      AlarmArn: 'arn:aws:cloudwatch:a',
      OldStateValue: 'OK',
      OKActions: [TOPIC],
      AlarmActions: [TOPIC],
      InsufficientDataActions: [],
      Trigger: {
        MetricName: depth.name,
        Namespace: 'AWS/SQS',
        StatisticType: 'Statistic',
        Statistic: 'MAXIMUM',
        Unit: null,
        Dimensions: [{ value: 'dead', name: 'QueueName' }],
        Period: 300,
        EvaluationPeriods: 1,
        DatapointsToAlarm: 1,
        ComparisonOperator: 'GreaterThanThreshold',
        Threshold: 0,
        TreatMissingData: 'notBreaching',
        EvaluateLowSampleCountPercentile: '',
      },
    });
  });

  it('says with metric math which metrics it compares', async () => {
    const { Namespace, MetricName, Dimensions, Statistic: _, Period, ...rest } = deadLetters;
    const stat = { Metric: { Namespace, MetricName, Dimensions }, Period, Stat: 'Maximum' };
    start({
      ...rest,
      Metrics: [
        { Id: 'expr_1', Expression: 'MAX(METRICS())', Label: 'Oldest' },
        { Id: 'm', MetricStat: stat, ReturnData: false },
      ],
    });
    metrics.record({ ...depth, value: 1 });
    await minutes(1);
    const { Trigger } = JSON.parse(published[0]?.message ?? '') as { Trigger: object };
    expect(Trigger).toEqual({
      EvaluationPeriods: 1,
      DatapointsToAlarm: 1,
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 0,
      TreatMissingData: 'notBreaching',
      EvaluateLowSampleCountPercentile: '',
      Metrics: [
        { Id: 'expr_1', Expression: 'MAX(METRICS())', Label: 'Oldest', ReturnData: true },
        {
          Id: 'm',
          MetricStat: {
            Metric: { Namespace, MetricName, Dimensions: [{ value: 'dead', name: 'QueueName' }] },
            Period,
            Stat: 'Maximum',
          },
          ReturnData: false,
        },
      ],
    });
  });

  it('evaluates percentiles', async () => {
    start({ ...deadLetters, Statistic: undefined, ExtendedStatistic: 'p95', Threshold: 19 });
    for (let value = 1; value <= 20; value++) metrics.record({ ...depth, value });
    await minutes(1);
    expect(changes.at(-1)?.to).toBe('OK');
    metrics.record({ ...depth, value: 21, count: 2 });
    await minutes(1);
    expect(changes.at(-1)).toMatchObject({ to: 'ALARM' });
    expect(JSON.parse(published.at(-1)?.message ?? '')).toMatchObject({
      Trigger: { StatisticType: 'ExtendedStatistic', ExtendedStatistic: 'p95' },
    });
  });

  it('looks at periods that end now, and ends with the last bad one', async () => {
    start(deadLetters);
    await clock.advance(40_000);
    metrics.record({ ...depth, value: 1 });
    await minutes(1);
    expect(changes.at(-1)).toMatchObject({ to: 'ALARM', atMs: Date.parse('2026-11-20T14:02:00Z') });
    for (let minute = 0; minute < 12; minute++) {
      metrics.record({ ...depth, value: 0 });
      await minutes(1);
    }
    expect(changes.at(-1)).toMatchObject({ to: 'OK', atMs: Date.parse('2026-11-20T14:07:00Z') });
    expect(changes.at(-1)?.reason).toContain('was not greater than the threshold (0.0)');
  });

  it('tells once, also over a restart that forgot the metrics, and keeps state and history', async () => {
    start(deadLetters);
    metrics.record({ ...depth, value: 1 });
    await minutes(1);
    metrics = new MetricStore(clock);
    start(deadLetters);
    await minutes(1);
    metrics.record({ ...depth, value: 2 });
    await minutes(3);
    expect(published).toHaveLength(1);
    expect(watch?.status('Pombo-A').state).toBe('ALARM');
    expect(watch?.history('Pombo-A').map(({ type, summary }) => [type, summary])).toEqual([
      ['Action', `Successfully executed action ${TOPIC}`],
      ['StateUpdate', 'Alarm updated from INSUFFICIENT_DATA to ALARM'],
      ['ConfigurationUpdate', 'Alarm "Pombo-A" created'],
    ]);
    start({ ...deadLetters, Threshold: 5 });
    expect(watch?.status('Pombo-A').state).toBe('ALARM');
    expect(watch?.history('Pombo-A')[0]?.summary).toBe('Alarm "Pombo-A" updated');
  });

  it('notes an action that failed', async () => {
    refuse = new AwsError('NotFound', 'Topic does not exist', 404);
    start(deadLetters);
    metrics.record({ ...depth, value: 1 });
    await minutes(1);
    expect(watch?.status('Pombo-A').state).toBe('ALARM');
    expect(watch?.history('Pombo-A')[0]?.summary).toBe(
      `Failed to execute action ${TOPIC}. Received error: "Topic does not exist"`,
    );
  });

  it('calls nobody when it is set to the state that it has', () => {
    const alarms = start(deadLetters);
    alarms.setState('Pombo-A', 'ALARM', 'By hand.');
    alarms.setState('Pombo-A', 'ALARM', 'By hand.');
    expect(published).toHaveLength(1);
    alarms.setState('Pombo-A', 'OK', 'By hand.');
    expect(published).toHaveLength(2);
  });

  it('calls nobody while actions are disabled', async () => {
    start({ ...deadLetters, ActionsEnabled: false });
    metrics.record({ ...depth, value: 1 });
    await minutes(1);
    expect(changes.at(-1)?.to).toBe('ALARM');
    expect(published).toEqual([]);
  });

  it('counts tasks by their samples, and does not ring because the runner was not there', async () => {
    let running = 1;
    onMinute = () => {
      for (let task = 0; task < running; task++)
        metrics.record({ namespace: 'AWS/ECS', name: 'CPUUtilization', dimensions: {}, value: 1, unit: 'Percent' });
    };
    start(tasks);
    await minutes(2);
    expect(changes.map(({ to }) => to)).toEqual(['OK']);
    running = 0;
    await minutes(6);
    expect(changes.map(({ to }) => to)).toEqual(['OK']);
    await minutes(3);
    expect(changes.map(({ to }) => to)).toEqual(['OK', 'ALARM']);
    expect(changes.at(-1)?.reason).toBe(
      'Threshold Crossed: no datapoints were received for 5 periods and 5 missing datapoints were treated as [Breaching].',
    );
    running = 1;
    await minutes(3);
    expect(changes.map(({ to }) => to)).toEqual(['OK', 'ALARM', 'OK']);
  });

  it('does not ring because the machine slept', async () => {
    let sleptMs = 0;
    const machine: Clock = {
      now: () => clock.now() + sleptMs,
      monotonic: () => clock.monotonic(),
      after: (delayMs, fire) => clock.after(delayMs, fire),
    };
    metrics = new MetricStore(machine);
    onMinute = () =>
      metrics.record({ namespace: 'AWS/ECS', name: 'CPUUtilization', dimensions: {}, value: 1, unit: 'Percent' });
    start(tasks, machine);
    await minutes(10);
    sleptMs = 60 * MINUTE_MS;
    await minutes(10);
    expect(changes.map(({ to }) => to)).toEqual(['OK']);
  });

  it('has no memory of alarms that the template no longer has', () => {
    start(deadLetters);
    database.exec(`UPDATE alarms SET name = 'Pombo-Old'`);
    start(deadLetters);
    expect(() => watch?.status('Pombo-Old')).toThrow('There is no alarm Pombo-Old.');
  });
});
