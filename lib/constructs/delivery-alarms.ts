import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, MathExpression, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { METRICS_NAMESPACE, Metric as MetricName } from '#core/observability/metrics.ts';
import { RunbookAlarm, type RunbookAlarmProps } from './runbook-alarm.ts';

const PERIOD = Duration.minutes(5);
/** One receiver that is down is its owner's matter and a notice; more than this at once have a cause in common. */
const MANY_BREAKERS = 10;

export interface DeliveryAlarmsProps {
  /** Machines that deliver again, and must never fail themselves: what a receiver does is no error of theirs. */
  readonly machines: readonly StateMachine[];
  readonly failures: ITopic;
}

/** What goes wrong behind the first attempt at a webhook. Each endpoint's own troubles are notices (core/domain/notice.ts). */
export class DeliveryAlarms extends Construct {
  readonly #topic: ITopic;

  constructor(scope: Construct, id: string, { machines, failures }: DeliveryAlarmsProps) {
    super(scope, id);
    this.#topic = failures;
    this.#ring('Dead', {
      slug: 'webhooks-dead',
      summary: 'Events were given up: their receivers have not taken them in all attempts.',
      metric: own(MetricName.webhookDead),
      threshold: 0,
    });
    this.#ring('Paused', {
      slug: 'webhooks-paused',
      summary: `More than ${MANY_BREAKERS} webhooks were paused within ${PERIOD.toMinutes()} minutes, because their receivers fail.`,
      metric: own(MetricName.breakerOpened),
      threshold: MANY_BREAKERS,
    });
    this.#ring('Machines', {
      slug: 'webhook-machines',
      summary: 'A state machine that delivers webhooks again has failed or run out of its time.',
      metric: failedOrTimedOut(machines),
      threshold: 0,
    });
  }

  #ring(id: string, alarm: Pick<RunbookAlarmProps, 'slug' | 'summary' | 'metric' | 'threshold'>): void {
    new RunbookAlarm(this, id, {
      ...alarm,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      // Counts are sent when there was something to count.
      treatMissingData: TreatMissingData.NOT_BREACHING,
      topic: this.#topic,
    });
  }
}

const own = (metricName: string): Metric =>
  new Metric({ namespace: METRICS_NAMESPACE, metricName, statistic: Stats.SUM, period: PERIOD });

function failedOrTimedOut(machines: readonly StateMachine[]): MathExpression {
  const metrics = machines.flatMap((machine) => [
    machine.metricFailed({ statistic: Stats.SUM, period: PERIOD }),
    machine.metricTimedOut({ statistic: Stats.SUM, period: PERIOD }),
  ]);
  return new MathExpression({
    label: 'Failed executions',
    expression: 'SUM(METRICS())',
    usingMetrics: Object.fromEntries(metrics.map((metric, index) => [`machine${index}`, metric])),
    period: PERIOD,
  });
}
