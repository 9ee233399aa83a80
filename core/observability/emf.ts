import { METRICS_NAMESPACE, type Metric } from './metrics.ts';

type MetricName = (typeof Metric)[keyof typeof Metric];

/**
 * One line of CloudWatch's embedded metric format, counts without any dimension: written to stdout, it becomes metrics.
 * @param nowMs milliseconds since the epoch
 */
export function emfLine(counts: Readonly<Partial<Record<MetricName, number>>>, nowMs: number): string {
  const Metrics = Object.keys(counts).map((Name) => ({ Name, Unit: 'Count' }));
  const directive = { Namespace: METRICS_NAMESPACE, Dimensions: [[]], Metrics };
  return JSON.stringify({ _aws: { Timestamp: nowMs, CloudWatchMetrics: [directive] }, ...counts });
}
