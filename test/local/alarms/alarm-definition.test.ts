import { describe, expect, it } from 'vitest';
import { readAlarm, valuesOf } from '../../../local/alarms/alarm-definition.ts';

const properties = {
  AlarmDescription: 'Dead letters.',
  AlarmActions: ['arn:aws:sns:us-east-1:000000000000:failures'],
  ComparisonOperator: 'GreaterThanThreshold',
  EvaluationPeriods: 1,
  Threshold: 0,
  TreatMissingData: 'notBreaching',
  Namespace: 'AWS/SQS',
  MetricName: 'ApproximateNumberOfMessagesVisible',
  Dimensions: [{ Name: 'QueueName', Value: 'dead' }],
  Period: 300,
  Statistic: 'Maximum',
};
const metricStat = (name: string) => ({
  Metric: { Namespace: 'Pombo', MetricName: name },
  Period: 60,
  Stat: 'Sum',
});
const mathProperties = (Expression: string, ids = ['a', 'b']) => {
  const { Namespace: _1, MetricName: _2, Dimensions: _3, Period: _4, Statistic: _5, ...rest } = properties;
  const queries = ids.map((Id) => ({ Id, MetricStat: metricStat(Id), ReturnData: false }));
  return { ...rest, Metrics: [{ Id: 'expr_1', Expression }, ...queries] };
};
const read = (given: object) => readAlarm({ logicalId: 'Dead', name: 'Pombo-Dead', arn: 'arn:…', properties: given });

describe('readAlarm', () => {
  it('reads an alarm on one metric, as many datapoints to alarm as periods', () => {
    const alarm = read({ ...properties, EvaluationPeriods: '3' });
    expect(alarm.rule).toEqual({
      threshold: 0,
      operator: 'GreaterThanThreshold',
      evaluationPeriods: 3,
      datapointsToAlarm: 3,
      treatMissingData: 'notBreaching',
    });
    expect(alarm.periodMs).toBe(300_000);
    expect(valuesOf(alarm, ({ dimensions }) => [dimensions['QueueName'] === 'dead' ? 7 : 0])).toEqual([7]);
  });

  it('computes expressions of expressions', () => {
    const alarm = read({
      ...mathProperties('double + a'),
      Metrics: [...mathProperties('double + a').Metrics, { Id: 'double', Expression: '2 * b', ReturnData: 'false' }],
    });
    expect(valuesOf(alarm, ({ name }) => [name === 'a' ? 1 : 10])).toEqual([21]);
  });

  it('ignores missing data of DynamoDB whatever the template says, as CloudWatch does', () => {
    const alarm = read({ ...properties, Namespace: 'AWS/DynamoDB', MetricName: 'ThrottledRequests' });
    expect(alarm.rule.treatMissingData).toBe('ignore');
  });

  it.each([
    ['an anomaly band', { ...properties, ComparisonOperator: 'GreaterThanUpperThreshold' }, 'anomaly detection'],
    ['a property without effect here', { ...properties, ThresholdMetricId: 'ad1' }, 'ThresholdMetricId'],
    ['an action that is no topic', { ...properties, AlarmActions: ['arn:aws:lambda:us-east-1:0:function:f'] }, 'SNS'],
    ['a statistic that is not computed', { ...properties, Statistic: undefined, ExtendedStatistic: 'tm99' }, 'p95'],
    ['a period below a minute', { ...properties, Period: 10 }, 'whole minutes'],
    ['a metric that nobody records', { ...properties, MetricName: 'SentMessageSize' }, 'AWS/SQS has the metrics'],
    ['a namespace that nobody records', { ...properties, Namespace: 'ECS/ContainerInsights' }, 'are not recorded'],
    ['more datapoints than periods', { ...properties, DatapointsToAlarm: 2 }, 'greater than EvaluationPeriods'],
    ['a long memory', { ...properties, Period: 3600, EvaluationPeriods: 2 }, 'three hours'],
    ['no metric', { ...properties, MetricName: undefined }, 'neither Metrics nor'],
    ['few samples that are not to count', { ...properties, EvaluateLowSampleCountPercentile: 'ignore' }, 'few samples'],
    ['an unknown function', mathProperties('RATE(a)'), 'RATE is not computed'],
    ['an id that is not there', mathProperties('a + c'), 'nothing has the id c'],
    ['a circle', mathProperties('expr_1 + a'), 'computed of itself'],
    ['eleven metrics', mathProperties('SUM(METRICS())', 'abcdefghijk'.split('')), '11 metrics'],
    ['an id twice', mathProperties('a', ['a', 'a']), 'twice'],
  ])('refuses %s with a sentence that names the alarm', (_what, given, sentence) => {
    expect(() => read(given)).toThrow(/^Dead \(AWS::CloudWatch::Alarm\) can't run on one machine/);
    expect(() => read(given)).toThrow(sentence);
  });
});
