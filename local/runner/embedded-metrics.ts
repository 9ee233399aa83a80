import * as z from 'zod';
import type { MetricStore } from '../cloudwatch/metric-store.ts';

const EmbeddedSchema = z.looseObject({
  _aws: z.object({
    Timestamp: z.number(),
    CloudWatchMetrics: z.array(
      z.object({
        Namespace: z.string(),
        Dimensions: z.array(z.array(z.string())),
        Metrics: z.array(z.object({ Name: z.string(), Unit: z.string().optional() })),
      }),
    ),
  }),
});
const ValuesSchema = z.union([z.number().transform((value) => [value]), z.array(z.number())]);

/** Takes the metrics out of a log line in CloudWatch's embedded metric format; other lines are none of its business. */
export function recordEmbeddedMetrics(store: MetricStore, line: string): void {
  if (!line.startsWith('{') || !line.includes('"_aws"')) return;
  const parsed = EmbeddedSchema.safeParse(parse(line));
  if (!parsed.success) return;
  const { _aws, ...members } = parsed.data;
  for (const directive of _aws.CloudWatchMetrics)
    for (const names of directive.Dimensions)
      recordDirective(store, directive, { members, atMs: _aws.Timestamp, names });
}

type Directive = z.infer<typeof EmbeddedSchema>['_aws']['CloudWatchMetrics'][number];
interface Line {
  readonly members: Readonly<Record<string, unknown>>;
  readonly atMs: number;
  /** Names of the dimensions. */
  readonly names: readonly string[];
}

function recordDirective(store: MetricStore, { Namespace: namespace, Metrics }: Directive, line: Line): void {
  const { members, atMs, names } = line;
  const dimensions = Object.fromEntries(names.map((dimension) => [dimension, String(members[dimension])]));
  for (const { Name: name, Unit: unit } of Metrics)
    for (const value of ValuesSchema.safeParse(members[name]).data ?? [])
      store.record({ namespace, name, dimensions, value, atMs, ...(unit !== undefined && { unit }) });
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
