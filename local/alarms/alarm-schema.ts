import * as z from 'zod';
import type { Statistic } from '../cloudwatch/metric-bucket.ts';

/** CloudFormation takes numbers and booleans as text too. */
const number = z.coerce.number();
const boolean = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]);
const seconds = number.refine((value) => value > 0 && value % 60 === 0, 'one machine has periods of whole minutes');

const PERCENTILE = /^p(100|\d{1,2}(\.\d{1,10})?)$/;
const simpleStatistic = z.enum(['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum']);
const percentile = z.string().regex(PERCENTILE, 'is not computed on one machine; percentiles such as p95 are');
const statistic = z.union([simpleStatistic, percentile]).transform((text) => text as Statistic);

const dimensions = z.array(z.strictObject({ Name: z.string(), Value: z.coerce.string() })).default([]);

const metricStat = z.strictObject({
  Metric: z.strictObject({ Namespace: z.string(), MetricName: z.string(), Dimensions: dimensions }),
  Period: seconds,
  Stat: statistic,
  Unit: z.string().optional(),
});

const query = z.strictObject({
  Id: z.string().regex(/^[a-z]\w{0,254}$/),
  MetricStat: metricStat.optional(),
  Expression: z.string().optional(),
  Label: z.string().optional(),
  Period: seconds.optional(),
  ReturnData: boolean.default(true),
});

const actions = z
  .array(z.string().regex(/^arn:aws:sns:/, 'only SNS topics can be called by alarms on one machine'))
  .default([]);

const operator = z.enum(
  ['GreaterThanThreshold', 'GreaterThanOrEqualToThreshold', 'LessThanThreshold', 'LessThanOrEqualToThreshold'],
  'bands of anomaly detection are not computed on one machine',
);

/**
 * Properties of `AWS::CloudWatch::Alarm`. Strict: a property that is not here would be silently without effect.
 * Quotas: ten metrics an expression (CloudWatch: alarms on math expressions).
 */
export const AlarmSchema = z.strictObject({
  AlarmName: z.string().optional(),
  AlarmDescription: z.string().optional(),
  ActionsEnabled: boolean.default(true),
  AlarmActions: actions,
  OKActions: actions,
  InsufficientDataActions: actions,
  ComparisonOperator: operator,
  Threshold: number,
  EvaluationPeriods: number.pipe(z.int().min(1)),
  DatapointsToAlarm: number.pipe(z.int().min(1)).optional(),
  TreatMissingData: z.enum(['breaching', 'notBreaching', 'ignore', 'missing']).default('missing'),
  EvaluateLowSampleCountPercentile: z
    .literal('evaluate', 'few samples are always evaluated on one machine')
    .default('evaluate'),
  Namespace: z.string().optional(),
  MetricName: z.string().optional(),
  Dimensions: dimensions,
  Period: seconds.optional(),
  Statistic: simpleStatistic.optional(),
  ExtendedStatistic: percentile.optional(),
  Unit: z.string().optional(),
  Metrics: z.array(query).min(1).optional(),
  Tags: z.unknown().optional(),
});
export type AlarmProperties = z.output<typeof AlarmSchema>;
export type AlarmQuery = z.output<typeof query>;
