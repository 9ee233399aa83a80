import { LOCAL_ACCOUNT } from '../template/physical-names.ts';
import type { AlarmDefinition } from './alarm-definition.ts';
import type { AlarmQuery } from './alarm-schema.ts';
import type { AlarmState } from './decide.ts';

/** A change of an alarm's state. */
export interface AlarmChange {
  readonly alarm: AlarmDefinition;
  readonly from: AlarmState;
  readonly to: AlarmState;
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  /** When the alarm got its present definition, milliseconds since the epoch. */
  readonly configuredAtMs: number;
}

/** SNS allows no longer subject. */
const MAX_SUBJECT = 100;
/** CloudWatch calls the regions by their names. */
const REGION_NAMES: Readonly<Record<string, string>> = {
  'us-east-1': 'US East (N. Virginia)',
  'sa-east-1': 'South America (Sao Paulo)',
};

export const regionName = (region: string): string => REGION_NAMES[region] ?? region;

/** Subject of the message to SNS: `ALARM: "<name>" in <region>`. */
export function subjectOf({ alarm, to }: AlarmChange, region: string): string {
  const [before, after] = [`${to}: "`, `" in ${regionName(region)}`];
  const room = MAX_SUBJECT - before.length - after.length;
  const name = alarm.name.length <= room ? alarm.name : `${alarm.name.slice(0, room - '...'.length)}...`;
  return `${before}${name}${after}`;
}

/** The JSON that CloudWatch publishes to SNS. */
export function messageOf({ alarm, from, to, reason, atMs, configuredAtMs }: AlarmChange, region: string): string {
  const { properties } = alarm;
  return JSON.stringify({
    AlarmName: alarm.name,
    AlarmDescription: properties.AlarmDescription ?? null,
    AWSAccountId: LOCAL_ACCOUNT,
    AlarmConfigurationUpdatedTimestamp: timestamp(configuredAtMs),
    NewStateValue: to,
    NewStateReason: reason,
    StateChangeTime: timestamp(atMs),
    Region: regionName(region),
    AlarmArn: alarm.arn,
    OldStateValue: from,
    OKActions: properties.OKActions,
    AlarmActions: properties.AlarmActions,
    InsufficientDataActions: properties.InsufficientDataActions,
    Trigger: triggerOf(alarm),
  });
}

function triggerOf({ properties, rule }: AlarmDefinition): object {
  const { Metrics, Statistic, ExtendedStatistic, Dimensions, Unit } = properties;
  const common = {
    Period: properties.Period,
    EvaluationPeriods: rule.evaluationPeriods,
    DatapointsToAlarm: rule.datapointsToAlarm,
    ComparisonOperator: rule.operator,
    Threshold: rule.threshold,
    TreatMissingData: properties.TreatMissingData,
    EvaluateLowSampleCountPercentile: '',
  };
  if (Metrics) return { ...common, Metrics: Metrics.map(queryOf) };
  return {
    MetricName: properties.MetricName,
    Namespace: properties.Namespace,
    StatisticType: Statistic === undefined ? 'ExtendedStatistic' : 'Statistic',
    ...(Statistic === undefined
      ? { ExtendedStatistic }
      : { Statistic: Statistic.replace(/(?<=[a-z])(?=[A-Z])/, '_').toUpperCase() }),
    Unit: Unit ?? null,
    Dimensions: Dimensions.map(({ Name, Value }) => ({ value: Value, name: Name })),
    ...common,
  };
}

function queryOf({ MetricStat, ...query }: AlarmQuery): object {
  if (!MetricStat) return query;
  const { Dimensions, ...metric } = MetricStat.Metric;
  const dimensions = Dimensions.map(({ Name, Value }) => ({ value: Value, name: Name }));
  return { ...query, MetricStat: { ...MetricStat, Metric: { Dimensions: dimensions, ...metric } } };
}

/** `2026-11-20T14:05:00.000+0000` */
export const timestamp = (atMs: number): string => new Date(atMs).toISOString().replace('Z', '+0000');
