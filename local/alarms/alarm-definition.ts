import * as z from 'zod';
import type { Statistic } from '../cloudwatch/metric-bucket.ts';
import { type Dimensions, type MetricId, WINDOW_MS } from '../cloudwatch/metric-store.ts';
import { TemplateError } from '../template/template-error.ts';
import { type AlarmProperties, type AlarmQuery, AlarmSchema } from './alarm-schema.ts';
import { type AlarmRule, evaluationRange } from './decide.ts';
import { type ExpressionScope, evaluateExpression, type Series } from './expression.ts';
import { type Expression, ExpressionError, parseExpression } from './expression-parser.ts';
import { unknownMetric } from './known-metrics.ts';

/** An alarm as the template has it. */
export interface AlarmResource {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly properties: unknown;
}

/** A metric that an alarm looks at. */
export interface WatchedMetric extends MetricId {
  readonly statistic: Statistic;
  readonly unit: string | undefined;
}

/** An alarm that can be evaluated. */
export interface AlarmDefinition {
  readonly name: string;
  readonly arn: string;
  readonly rule: AlarmRule;
  /** Milliseconds. */
  readonly periodMs: number;
  /** By id; an alarm on one metric calls it `m`. */
  readonly metrics: ReadonlyMap<string, WatchedMetric>;
  /** By id. */
  readonly expressions: ReadonlyMap<string, Expression>;
  /** Id of the metric or expression that is compared with the threshold. */
  readonly watched: string;
  /** As in the template, for the notification. */
  readonly properties: AlarmProperties;
}

/** CloudWatch quota. */
const MAX_METRICS = 10;

/** @throws TemplateError with a sentence, for an alarm that could not ring here as it would in AWS */
export function readAlarm(resource: AlarmResource): AlarmDefinition {
  const refuse = (why: string): TemplateError =>
    new TemplateError(`${resource.logicalId} (AWS::CloudWatch::Alarm) can't run on one machine: ${why}.`);
  const parsed = AlarmSchema.safeParse(resource.properties);
  if (!parsed.success) throw refuse(z.prettifyError(parsed.error));
  const properties = parsed.data;
  try {
    const alarm = { name: resource.name, arn: resource.arn, properties, ...sourceOf(properties) };
    return checked({ ...alarm, rule: ruleOf(properties, alarm.metrics) });
  } catch (error) {
    if (error instanceof ExpressionError) throw refuse(error.message.replace(/\.$/, ''));
    throw error;
  }
}

type Source = Pick<AlarmDefinition, 'periodMs' | 'metrics' | 'expressions' | 'watched'>;

function sourceOf(properties: AlarmProperties): Source {
  const { Metrics, Namespace, MetricName, Period } = properties;
  if (Metrics) return sourceOfQueries(Metrics);
  const stat = properties.Statistic ?? (properties.ExtendedStatistic as Statistic | undefined);
  if (Namespace === undefined || MetricName === undefined || Period === undefined || stat === undefined)
    throw new ExpressionError('it has neither Metrics nor a Namespace, MetricName, Period and Statistic');
  const metric = {
    namespace: Namespace,
    name: MetricName,
    dimensions: dimensionsOf(properties.Dimensions),
    statistic: stat,
    unit: properties.Unit,
  };
  return { periodMs: Period * 1000, metrics: new Map([['m', metric]]), expressions: new Map(), watched: 'm' };
}

function sourceOfQueries(queries: readonly AlarmQuery[]): Source {
  const metrics = new Map<string, WatchedMetric>();
  const expressions = new Map<string, Expression>();
  const periods = new Set<number>();
  for (const { Id, MetricStat, Expression: text, Period } of queries) {
    if (metrics.has(Id) || expressions.has(Id)) throw new ExpressionError(`the id ${Id} is there twice`);
    if (Period !== undefined) periods.add(Period);
    if (text !== undefined) expressions.set(Id, parseExpression(text));
    if (!MetricStat) continue;
    const { Metric, Stat, Unit } = MetricStat;
    periods.add(MetricStat.Period);
    const id = { namespace: Metric.Namespace, name: Metric.MetricName, dimensions: dimensionsOf(Metric.Dimensions) };
    metrics.set(Id, { ...id, statistic: Stat, unit: Unit });
  }
  const [watched, ...others] = queries.filter(({ ReturnData }) => ReturnData);
  if (!watched || others.length > 0)
    throw new ExpressionError('exactly one of its metrics and expressions must return data');
  const [period, ...more] = periods;
  if (period === undefined || more.length > 0) throw new ExpressionError('its metrics must have the same period');
  return { periodMs: period * 1000, metrics, expressions, watched: watched.Id };
}

function ruleOf(properties: AlarmProperties, metrics: ReadonlyMap<string, WatchedMetric>): AlarmRule {
  const { EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods, TreatMissingData } = properties;
  // "Alarms that evaluate metrics in the AWS/DynamoDB namespace always ignore missing data" (PutMetricAlarm).
  const isDynamo = [...metrics.values()].some(({ namespace }) => namespace === 'AWS/DynamoDB');
  return {
    threshold: properties.Threshold,
    operator: properties.ComparisonOperator,
    evaluationPeriods: EvaluationPeriods,
    datapointsToAlarm: DatapointsToAlarm,
    treatMissingData: isDynamo ? 'ignore' : TreatMissingData,
  };
}

function checked(alarm: AlarmDefinition): AlarmDefinition {
  const { metrics, rule, periodMs } = alarm;
  if (metrics.size > MAX_METRICS) throw new ExpressionError(`it uses ${metrics.size} metrics; ${MAX_METRICS} at most`);
  if (rule.datapointsToAlarm > rule.evaluationPeriods)
    throw new ExpressionError('DatapointsToAlarm is greater than EvaluationPeriods');
  if (evaluationRange(rule) * periodMs > WINDOW_MS)
    throw new ExpressionError('it looks back further than metrics are kept on one machine, three hours');
  for (const { namespace, name } of metrics.values()) {
    const unknown = unknownMetric(namespace, name);
    if (unknown !== undefined) throw new ExpressionError(unknown);
  }
  // Types don't depend on values: what can be computed of nothing can always be computed.
  valuesOf(alarm, () => [undefined]);
  return alarm;
}

/**
 * Computes what an alarm watches.
 * @param read values of a metric, newest first
 * @throws ExpressionError
 */
export function valuesOf(
  { metrics, expressions, watched }: Pick<AlarmDefinition, 'metrics' | 'expressions' | 'watched'>,
  read: (metric: WatchedMetric) => Series,
): Series {
  const known = new Map([...metrics].map(([id, metric]) => [id, read(metric)]));
  const computing = new Set<string>();
  const scope: ExpressionScope = {
    periods: Math.max(0, ...[...known.values()].map(({ length }) => length)),
    metrics: () => [...metrics.keys()].map((id) => known.get(id) ?? []),
    series(id) {
      const values = known.get(id);
      if (values) return values;
      const expression = expressions.get(id);
      if (!expression) throw new ExpressionError(`nothing has the id ${id}`);
      if (computing.has(id)) throw new ExpressionError(`${id} is computed of itself`);
      computing.add(id);
      const computed = evaluateExpression(expression, scope);
      known.set(id, computed);
      return computed;
    },
  };
  return scope.series(watched);
}

const dimensionsOf = (list: readonly { readonly Name: string; readonly Value: string }[]): Dimensions =>
  Object.fromEntries(list.map(({ Name, Value }) => [Name, Value]));
