import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { NOTICE_KINDS, noticeSlugOf } from '#core/domain/notice.ts';
import { runbookGaps } from '../../../lib/validation/runbook-articles.ts';
import { type Properties, type Synthesized, synthesized } from '../synthesized.ts';

const RUNBOOK = readFileSync(path.resolve(import.meta.dirname, '../../../docs/runbook.md'), 'utf8');

interface Query {
  readonly Expression?: string;
  readonly MetricStat?: {
    readonly Metric: { readonly MetricName: string };
    readonly Period: number;
    readonly Stat: string;
  };
}

let stack: Synthesized;
let alarms: ReadonlyMap<string, Properties>;

beforeAll(async () => {
  stack = await synthesized();
  alarms = new Map(
    [...stack.ofType('AWS::CloudWatch::Alarm').values()].map((alarm) => [
      /#([a-z-]+)$/.exec(String(alarm['AlarmDescription']))?.[1] ?? '',
      alarm,
    ]),
  );
});

/** Metric, statistic and seconds over the limit, as the owner would say it. */
function ruleOf(slug: string): unknown[] {
  const alarm = alarms.get(slug) ?? {};
  const queries = (alarm['Metrics'] ?? []) as Query[];
  const stats = queries.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat] : []));
  const period = Number(alarm['Period'] ?? stats[0]?.Period);
  return [
    alarm['MetricName'] ?? [...new Set(stats.map(({ Metric }) => Metric.MetricName))].sort().join(', '),
    alarm['Statistic'] ?? alarm['ExtendedStatistic'] ?? queries.find(({ Expression }) => Expression)?.Expression,
    alarm['ComparisonOperator'],
    alarm['Threshold'],
    period * Number(alarm['EvaluationPeriods']),
    alarm['TreatMissingData'],
  ];
}

const OVER = 'GreaterThanThreshold';
const AGE = 'ApproximateAgeOfOldestMessage';
const DEPTH = 'ApproximateNumberOfMessagesVisible';
const RECONNECTS = 'IF(open > 0, 15 * reconnected / open, reconnected)';
const WORST = 'MAX(METRICS())';

describe('alarms of the stack', () => {
  it.each([
    ['api-errors', '5xx, Count', 'IF(requests > 0, 100 * errors / requests, 0)', OVER, 1, 300, 'notBreaching'],
    ['api-slow', 'Latency', 'p95', OVER, 1000, 900, 'notBreaching'],
    ['outbound-late', AGE, WORST, OVER, 900, 300, 'notBreaching'],
    ['outbound-long', 'OutboundLength', 'Maximum', OVER, 10_000, 300, 'notBreaching'],
    ['webhooks-late', AGE, WORST, OVER, 900, 300, 'notBreaching'],
    ['webhooks-long', 'WebhooksLength', 'Maximum', OVER, 10_000, 300, 'notBreaching'],
    ['connector-busy', 'CPUUtilization', 'Maximum', OVER, 80, 300, 'notBreaching'],
    ['connector-tasks-missing', 'CPUUtilization', 'SampleCount', 'LessThanThreshold', 1, 300, 'breaching'],
    ['outbound-dead-letters', DEPTH, 'Maximum', OVER, 0, 300, 'notBreaching'],
    ['events-dead-letters', DEPTH, 'Maximum', OVER, 0, 300, 'notBreaching'],
    ['bulk-dead-letters', DEPTH, 'Maximum', OVER, 0, 300, 'notBreaching'],
    ['sessions-need-person', 'SessionsNeedPerson', 'Maximum', OVER, 0, 300, 'ignore'],
    ['sessions-quarantined', 'SessionsQuarantined', 'Maximum', OVER, 0, 300, 'notBreaching'],
    ['sessions-deaf', 'ConnectionDeaf', 'Sum', OVER, 10, 900, 'notBreaching'],
    ['sessions-reconnecting', 'SessionReconnected, SessionsOpen', RECONNECTS, OVER, 5, 900, 'notBreaching'],
    ['commands-parked', 'CommandsParked', 'Maximum', OVER, 10_000, 300, 'notBreaching'],
    ['lease-conflicts', 'LeaseConflicted', 'Sum', OVER, 0, 900, 'notBreaching'],
    ['connector-silent', 'TaskSilent', 'Sum', OVER, 10_000, 300, 'notBreaching'],
  ])('ring as the owner has set it: %s', (slug, ...rule) => {
    expect(ruleOf(slug)).toEqual(rule);
  });

  it('each have an article that says what to do', () => {
    expect(
      runbookGaps(stack.template as Parameters<typeof runbookGaps>[0], RUNBOOK, NOTICE_KINDS.map(noticeSlugOf)),
    ).toEqual([]);
  });

  it('all call the topic that the owner subscribes to, and watch every queue', () => {
    const [topic] = stack.ofType('AWS::SNS::Topic').keys();
    for (const alarm of alarms.values()) expect(alarm['AlarmActions']).toEqual([{ Ref: topic }]);
    const watched = JSON.stringify([...alarms.values()]);
    // Dead deliveries are their receivers' fault, stay for two weeks, and are counted as they come (webhooks-dead).
    const queues = [...stack.ofType('AWS::SQS::Queue').keys()].filter((id) => !/DeadDeliveries/.test(id));
    for (const id of queues) expect(watched).toContain(id);
  });

  it('rings for fewer tasks than there are to be', async () => {
    const three = await synthesized({ taskCount: 3 });
    expect(three.only('AWS::CloudWatch::Alarm', 'ConnectorAlarmsTasksMissing')['Threshold']).toBe(3);
  });
});
