import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import type { AlarmApi } from '../alarms/alarm-api.ts';
import type { Authorize } from '../aws/authorize.ts';
import type { AwsCall, AwsService } from '../aws/aws-server.ts';
import { AwsError, type JsonAction, jsonProtocol } from '../aws/json-protocol.ts';
import type { Statistic } from './metric-bucket.ts';
import { type Dimensions, type MetricId, type MetricStore, MINUTE_MS } from './metric-store.ts';

export interface CloudWatchServiceOptions {
  readonly store: MetricStore;
  /** Asked before every action. @default everything is allowed */
  readonly authorize?: Authorize;
}

/** CloudWatch quotas: queries of one GetMetricData, data of one PutMetricData, values of one datum. */
const MAX_QUERIES = 500;
const MAX_DATA = 1000;
const MAX_VALUES = 150;

/** Codes of the older query protocol. */
const QUERY_CODES: ReadonlyMap<string, string> = new Map([
  ['AccessDeniedException', 'AccessDenied'],
  ['InvalidParameterValueException', 'InvalidParameterValue'],
  ['InvalidParameterCombinationException', 'InvalidParameterCombination'],
  ['ValidationException', 'ValidationError'],
]);

const dimensions = z
  .array(z.object({ Name: z.string().min(1), Value: z.string().min(1) }))
  .max(30)
  .default([]);
const timestamp = z.number().transform((seconds) => seconds * 1000);
const metricStat = z.object({
  Metric: z.object({ Namespace: z.string(), MetricName: z.string(), Dimensions: dimensions }),
  Period: z.number().int(),
  Stat: z.string(),
  Unit: z.string().optional(),
});
const getInput = z.object({
  MetricDataQueries: z
    .array(
      z.object({
        Id: z.string().regex(/^[a-z]\w{0,254}$/),
        MetricStat: metricStat.optional(),
        Expression: z.string().optional(),
        Label: z.string().optional(),
        ReturnData: z.boolean().default(true),
      }),
    )
    .min(1)
    .max(MAX_QUERIES),
  StartTime: timestamp,
  EndTime: timestamp,
  ScanBy: z.enum(['TimestampAscending', 'TimestampDescending']).default('TimestampDescending'),
});
const datum = z.object({
  MetricName: z.string().min(1).max(255),
  Dimensions: dimensions,
  Timestamp: timestamp.optional(),
  Unit: z.string().optional(),
  Value: z.number().optional(),
  Values: z.array(z.number()).max(MAX_VALUES).optional(),
  Counts: z.array(z.number().positive()).max(MAX_VALUES).optional(),
  StatisticValues: z
    .object({ SampleCount: z.number().positive(), Sum: z.number(), Minimum: z.number(), Maximum: z.number() })
    .optional(),
});
const putInput = z.object({
  Namespace: z.string().min(1).max(255),
  MetricData: z.array(datum).max(MAX_DATA).default([]),
});
type GetInput = z.output<typeof getInput>;
type Query = GetInput['MetricDataQueries'][number];
type Datum = z.output<typeof datum>;

/** Metrics and alarms for the SDK: GetMetricData without expressions, PutMetricData, what AlarmApi has. */
export class CloudWatchService implements AwsService {
  readonly #store: MetricStore;
  readonly #protocol: AwsService;
  #alarms: AlarmApi | undefined;

  constructor(options: CloudWatchServiceOptions) {
    this.#store = options.store;
    const authorize = options.authorize ?? (() => {});
    const allowed = (action: string, run: (input: unknown) => unknown): JsonAction => {
      return (input, { accessKeyId }) => {
        authorize({ accessKeyId, action: `cloudwatch:${action}`, resource: '*' });
        return checked(() => run(input));
      };
    };
    this.#protocol = jsonProtocol({
      target: 'GraniteServiceVersion20100801',
      version: '1.0',
      queryCodes: QUERY_CODES,
      actions: {
        GetMetricData: allowed('GetMetricData', (input) => this.#getMetricData(getInput.parse(input))),
        PutMetricData: allowed('PutMetricData', (input) => this.#putMetricData(putInput.parse(input))),
        DescribeAlarms: allowed('DescribeAlarms', (input) => this.#alarmApi().describeAlarms(input)),
        DescribeAlarmHistory: allowed('DescribeAlarmHistory', (input) => this.#alarmApi().describeAlarmHistory(input)),
        SetAlarmState: allowed('SetAlarmState', (input) => this.#alarmApi().setAlarmState(input)),
      },
    });
  }

  /** From here on there are alarms. */
  serveAlarms(alarms: AlarmApi): void {
    this.#alarms = alarms;
  }

  handle(request: IncomingMessage, response: ServerResponse, call: AwsCall): Promise<void> {
    return this.#protocol.handle(request, response, call);
  }

  #alarmApi(): AlarmApi {
    if (!this.#alarms) throw new AwsError('ServiceUnavailable', 'The alarms are not there yet.', 503);
    return this.#alarms;
  }

  #getMetricData(input: GetInput): object {
    if (input.EndTime <= input.StartTime) {
      throw validationError('The parameter EndTime must be greater than the parameter StartTime.');
    }
    const results = input.MetricDataQueries.filter((query) => query.ReturnData);
    return { MetricDataResults: results.map((query) => this.#result(query, input)) };
  }

  #result(query: Query, range: GetInput): object {
    if (!query.MetricStat) throw validationError(`Expressions are not computed here: ${query.Id}.`);
    const { Metric, Period, Stat, Unit } = query.MetricStat;
    const periods = this.#store.statistics({
      namespace: Metric.Namespace,
      name: Metric.MetricName,
      dimensions: dimensionsOf(Metric.Dimensions),
      startMs: range.StartTime,
      endMs: range.EndTime,
      periodMs: periodMs(Period),
      statistic: statisticOf(Stat),
      unit: Unit,
    });
    if (range.ScanBy === 'TimestampDescending') periods.reverse();
    return {
      Id: query.Id,
      Label: query.Label ?? Metric.MetricName,
      Timestamps: periods.map((period) => period.atMs / 1000),
      Values: periods.map((period) => period.value),
      StatusCode: 'Complete',
    };
  }

  #putMetricData({ Namespace: namespace, MetricData }: z.output<typeof putInput>): object {
    if (namespace.startsWith('AWS/')) {
      throw new AwsError('InvalidParameterValueException', 'The value AWS/ for parameter Namespace is invalid.');
    }
    for (const item of MetricData) checkDatum(item);
    for (const item of MetricData) {
      const id = { namespace, name: item.MetricName, dimensions: dimensionsOf(item.Dimensions) };
      this.#record(id, item);
    }
    return {};
  }

  #record(id: MetricId, item: Datum): void {
    const unit = item.Unit ?? 'None';
    const at = item.Timestamp === undefined ? {} : { atMs: item.Timestamp };
    const { StatisticValues: set } = item;
    if (set) {
      const statistics = { sampleCount: set.SampleCount, sum: set.Sum, minimum: set.Minimum, maximum: set.Maximum };
      this.#store.recordSet(id, statistics, unit, item.Timestamp);
    }
    for (const [index, value] of (item.Values ?? []).entries()) {
      this.#store.record({ ...id, ...at, value, unit, count: item.Counts?.[index] ?? 1 });
    }
    if (item.Value !== undefined) this.#store.record({ ...id, ...at, value: item.Value, unit });
  }
}

function checkDatum(item: Datum): void {
  const forms = [item.Value, item.Values, item.StatisticValues].filter((form) => form !== undefined);
  if (forms.length !== 1) {
    throw new AwsError(
      'InvalidParameterCombinationException',
      'At least one, and only one, of the parameters Value, Values and StatisticValues must be specified.',
    );
  }
  if (item.Counts && item.Counts.length !== item.Values?.length) {
    throw new AwsError('InvalidParameterValueException', 'The parameters Values and Counts must have the same length.');
  }
}

/** @throws AwsError ValidationException for a period that one-minute data can't answer */
function periodMs(seconds: number): number {
  if (seconds > 0 && (seconds * 1000) % MINUTE_MS === 0) return seconds * 1000;
  throw validationError(`The period must be a multiple of 60 seconds here: ${seconds}.`);
}

/** @throws AwsError ValidationException */
function statisticOf(text: string): Statistic {
  if (/^(Average|Sum|Minimum|Maximum|SampleCount|p(100|\d{1,2}(\.\d{1,10})?))$/.test(text)) return text as Statistic;
  throw validationError(`The statistic ${text} is not known here.`);
}

function dimensionsOf(list: readonly { readonly Name: string; readonly Value: string }[]): Dimensions {
  return Object.fromEntries(list.map(({ Name, Value }) => [Name, Value]));
}

/** @throws AwsError ValidationException for input that is none */
function checked(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const [issue] = error.issues;
    throw validationError(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
}

function validationError(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
