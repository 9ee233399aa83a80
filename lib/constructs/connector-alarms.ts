import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, MathExpression, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { FargateService } from 'aws-cdk-lib/aws-ecs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { METRICS_NAMESPACE, Metric as MetricName } from '#core/observability/metrics.ts';
import { RunbookAlarm } from './runbook-alarm.ts';

/** A bad state of tasks that lasts this long does not end by itself. */
const ALARM_MINUTES = 5;
/** Time over which the lines to WhatsApp are judged. */
const WINDOW = Duration.minutes(15);
/** One line that went deaf is replaced, and nobody has to know. */
const MAX_DEAF = 10;
/** A deployment reconnects each number once, WhatsApp itself about once a day. */
const MAX_RECONNECTS = 5;
/** As of a queue (issue: the owner's thresholds). */
const MAX_PARKED = 10_000;
/** Times five minutes. */
const CONFLICT_PERIODS = 3;
/** Longer than one self-fence (7 s) and the heartbeat after it. */
const MAX_SILENT_MS = 10_000;
/** What is counted is sent when there was something to count. */
const COUNTED_ON_OCCASION = TreatMissingData.NOT_BREACHING;
/** Gauges that are sent while there are sessions: without any, none is in this state. A connector that is away has its own alarm. */
const SENT_WITH_SESSIONS = TreatMissingData.NOT_BREACHING;
/** Above it heartbeats and hand-overs come late. */
const BUSY_PERCENT = 80;

export interface ConnectorAlarmsProps {
  readonly service: FargateService;
  /** Fewest tasks that the deployment wants. */
  readonly taskCount: number;
  readonly failures: ITopic;
}

/** What is wrong with the tasks, and with the sessions in them. */
export class ConnectorAlarms extends Construct {
  constructor(scope: Construct, id: string, props: ConnectorAlarmsProps) {
    super(scope, id);
    this.#ofTasks(props);
    this.#ofSessions(props);
    this.#ofLeases(props);
  }

  #ofTasks({ service, taskCount, failures: topic }: ConnectorAlarmsProps): void {
    const period = Duration.minutes(1);
    new RunbookAlarm(this, 'TasksMissing', {
      slug: 'connector-tasks-missing',
      summary: 'Fewer connector tasks run than are wanted: numbers may be offline.',
      // Each running task reports its CPU once a minute, so the count of samples is the count of tasks: AWS's own advice
      // for counting without paying for Container Insights.
      metric: service.metricCpuUtilization({ statistic: Stats.SAMPLE_COUNT, period }),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: taskCount,
      evaluationPeriods: ALARM_MINUTES,
      treatMissingData: TreatMissingData.BREACHING,
      topic,
    });
    new RunbookAlarm(this, 'Busy', {
      slug: 'connector-busy',
      summary: `A connector task has used more than ${BUSY_PERCENT} % of its CPU for ${ALARM_MINUTES} minutes.`,
      metric: service.metricCpuUtilization({ statistic: Stats.MAXIMUM, period }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: BUSY_PERCENT,
      evaluationPeriods: ALARM_MINUTES,
      // No task, no load; that there is none has its own alarm.
      treatMissingData: TreatMissingData.NOT_BREACHING,
      topic,
    });
  }

  #ofSessions({ failures: topic }: ConnectorAlarmsProps): void {
    new RunbookAlarm(this, 'NeedsPerson', {
      slug: 'sessions-need-person',
      summary: 'A number was unlinked from its phone, or WhatsApp refuses it: only a person can bring it back.',
      metric: own(MetricName.sessionsNeedPerson, Stats.MAXIMUM, Duration.minutes(5)),
      ...above(0),
      // A connector that is away knows nothing of its sessions; they are as they were.
      treatMissingData: TreatMissingData.IGNORE,
      topic,
    });
    new RunbookAlarm(this, 'Quarantined', {
      slug: 'sessions-quarantined',
      summary: 'A number took its connector task down three times in an hour and is not started any more.',
      metric: own(MetricName.sessionsQuarantined, Stats.MAXIMUM, Duration.minutes(5)),
      ...above(0),
      treatMissingData: SENT_WITH_SESSIONS,
      topic,
    });
    new RunbookAlarm(this, 'Deaf', {
      slug: 'sessions-deaf',
      summary: `More than ${MAX_DEAF} connections in ${WINDOW.toMinutes()} minutes were recycled because nothing came over them any more.`,
      metric: own(MetricName.connectionDeaf, Stats.SUM, WINDOW),
      ...above(MAX_DEAF),
      treatMissingData: COUNTED_ON_OCCASION,
      topic,
    });
    new RunbookAlarm(this, 'Reconnecting', {
      slug: 'sessions-reconnecting',
      summary: `Numbers reconnect more than ${MAX_RECONNECTS} times each in ${WINDOW.toMinutes()} minutes.`,
      metric: reconnectsPerSession(),
      ...above(MAX_RECONNECTS),
      treatMissingData: COUNTED_ON_OCCASION,
      topic,
    });
    new RunbookAlarm(this, 'Parked', {
      slug: 'commands-parked',
      summary: `More than ${MAX_PARKED} commands wait in the table for numbers that are not connected.`,
      metric: own(MetricName.commandsParked, Stats.MAXIMUM, Duration.minutes(5)),
      ...above(MAX_PARKED),
      treatMissingData: SENT_WITH_SESSIONS,
      topic,
    });
  }

  #ofLeases({ failures: topic }: ConnectorAlarmsProps): void {
    new RunbookAlarm(this, 'LeaseConflicts', {
      slug: 'lease-conflicts',
      summary: `For ${CONFLICT_PERIODS * 5} minutes tasks have kept coming upon shards or rows of another task.`,
      metric: own(MetricName.leaseConflicted, Stats.SUM, Duration.minutes(5)),
      ...above(0),
      // A task that was frozen and thawed meets its successor once; that is what the fence is for.
      evaluationPeriods: CONFLICT_PERIODS,
      treatMissingData: COUNTED_ON_OCCASION,
      topic,
    });
    new RunbookAlarm(this, 'Silent', {
      slug: 'connector-silent',
      summary: 'A connector task had to be silent for more than 10 seconds: its heartbeats did not reach DynamoDB.',
      metric: own(MetricName.taskSilent, Stats.SUM, Duration.minutes(5)),
      ...above(MAX_SILENT_MS),
      treatMissingData: COUNTED_ON_OCCASION,
      topic,
    });
  }
}

const above = (threshold: number) => ({
  comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
  threshold,
  evaluationPeriods: 1,
});

/** A metric of ours; none has dimensions (D15). */
const own = (metricName: string, statistic: string, period: Duration): Metric =>
  new Metric({ namespace: METRICS_NAMESPACE, metricName, statistic, period });

/** Each task says every minute how many sessions it has open: their sum over the window is as many times the sessions. */
function reconnectsPerSession(): MathExpression {
  return new MathExpression({
    label: 'Reconnections of a session',
    expression: `IF(open > 0, ${WINDOW.toMinutes()} * reconnected / open, reconnected)`,
    usingMetrics: {
      reconnected: own(MetricName.sessionReconnected, Stats.SUM, WINDOW),
      open: own(MetricName.sessionsOpen, Stats.SUM, WINDOW),
    },
    period: WINDOW,
  });
}
