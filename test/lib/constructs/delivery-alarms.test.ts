import { beforeAll, describe, expect, it } from 'vitest';
import { type Properties, type Synthesized, synthesized } from '../synthesized.ts';

describe('alarms of deliveries', () => {
  let stack: Synthesized;
  beforeAll(async () => {
    stack = await synthesized();
  });
  const alarm = (id: string): Properties => stack.only('AWS::CloudWatch::Alarm', `DeliveryAlarms${id}`);

  it.each([
    ['Dead', 'WebhookDead', 0],
    ['Paused', 'BreakerOpened', 10],
  ])('rings for %s', (id, MetricName, Threshold) => {
    expect(alarm(id)).toMatchObject({
      Namespace: 'Pombo',
      MetricName,
      Threshold,
      Statistic: 'Sum',
      Period: 300,
      EvaluationPeriods: 1,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
    });
  });

  it('rings when one machine fails or runs out of its time', () => {
    const { Metrics, Threshold } = alarm('Machines') as {
      Metrics: {
        Expression?: string;
        MetricStat?: { Metric: { MetricName: string; Dimensions: { Value: object }[] } };
      }[];
      Threshold: number;
    };
    const watched = Metrics.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Metric] : []));
    expect(Metrics.flatMap(({ Expression }) => Expression ?? [])).toEqual(['SUM(METRICS())']);
    expect(Threshold).toBe(0);
    expect(new Set(watched.map(({ MetricName }) => MetricName))).toEqual(
      new Set(['ExecutionsFailed', 'ExecutionsTimedOut']),
    );
    const machines = new Set(watched.map(({ Dimensions }) => JSON.stringify(Dimensions[0]?.Value)));
    expect([...machines].some((machine) => machine.includes('WebhookRetry'))).toBe(true);
  });
});
