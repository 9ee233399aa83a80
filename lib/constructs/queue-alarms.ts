import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, MathExpression, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { METRICS_NAMESPACE, Metric as MetricName } from '#core/observability/metrics.ts';
import type { Queues } from './queues.ts';
import { RunbookAlarm, type RunbookAlarmProps } from './runbook-alarm.ts';

/** An alarm's expression may use ten metrics at most (CloudWatch quota). */
const METRICS_PER_ALARM = 10;
/** What waits longer than this is late for whoever sent it. */
const OLDEST = Duration.minutes(15);
/** Messages that wait in one queue: more is a fault, or a load that nobody has planned for. */
const LONGEST = 10_000;
const PERIOD = Duration.minutes(5);

/** Queues that mean the same to their owner; one of them over the limit is enough. */
interface Lane {
  readonly id: string;
  readonly slug: string;
  readonly summary: string;
  readonly queues: readonly Queue[];
}

/**
 * What must never wait long, and what must be empty: by SQS's own metrics, which don't depend on our code. Lengths come from a
 * function of ours, because CloudWatch bills an alarm by its metrics; without it, a queue that long is soon old.
 */
export class QueueAlarms extends Construct {
  readonly #topic: ITopic;

  constructor(scope: Construct, id: string, props: { readonly queues: Queues; readonly failures: ITopic }) {
    super(scope, id);
    const { queues } = props;
    this.#topic = props.failures;
    const webhooks = [queues.events.queue, queues.bulk.queue];
    const minutes = OLDEST.toMinutes();
    this.#late({
      id: 'OutboundLate',
      slug: 'outbound-late',
      summary: `A command has waited for its session for more than ${minutes} minutes.`,
      queues: queues.outbound,
    });
    this.#ring('OutboundLong', {
      slug: 'outbound-long',
      summary: `More than ${LONGEST} commands wait in one outbound queue.`,
      metric: lengthOf(MetricName.outboundLength),
      threshold: LONGEST,
    });
    this.#late({
      id: 'WebhooksLate',
      slug: 'webhooks-late',
      summary: `An event has waited for its first delivery for more than ${minutes} minutes.`,
      queues: webhooks,
    });
    this.#ring('WebhooksLong', {
      slug: 'webhooks-long',
      summary: `More than ${LONGEST} events wait for their first delivery.`,
      metric: lengthOf(MetricName.webhooksLength),
      threshold: LONGEST,
    });
    this.#notEmpty({
      id: 'OutboundDead',
      slug: 'outbound-dead-letters',
      summary: 'Commands died, and the function that answers for them fails too.',
      queues: [queues.outboundDeadLetters],
    });
    this.#notEmpty({
      id: 'EventsDead',
      slug: 'events-dead-letters',
      summary: 'Message events could not be processed and wait in their dead-letter queue.',
      queues: [queues.events.deadLetterQueue],
    });
    this.#notEmpty({
      id: 'BulkDead',
      slug: 'bulk-dead-letters',
      summary: 'Status or session events could not be processed and wait in their dead-letter queue.',
      queues: [queues.bulk.deadLetterQueue],
    });
  }

  #late(lane: Lane): void {
    this.#worst(lane, 'Oldest message, seconds', OLDEST.toSeconds(), (queue) =>
      queue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM, period: PERIOD }),
    );
  }

  #notEmpty({ id, slug, summary, queues }: Lane): void {
    for (const queue of queues) this.#ring(id, { slug, summary, metric: depthOf(queue), threshold: 0 });
  }

  /** One alarm for every ten queues, on the worst of them. */
  #worst({ id, slug, summary, queues }: Lane, label: string, threshold: number, metricOf: typeof depthOf): void {
    for (let first = 0; first < queues.length; first += METRICS_PER_ALARM) {
      const some = queues.slice(first, first + METRICS_PER_ALARM);
      const metric = new MathExpression({
        label,
        expression: 'MAX(METRICS())',
        usingMetrics: Object.fromEntries(some.map((queue, index) => [`queue${first + index}`, metricOf(queue)])),
        period: PERIOD,
      });
      this.#ring(`${id}${first}`, { slug, summary, metric, threshold });
    }
  }

  #ring(id: string, alarm: Pick<RunbookAlarmProps, 'slug' | 'summary' | 'metric' | 'threshold'>): void {
    new RunbookAlarm(this, id, {
      ...alarm,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      // SQS stops reporting a queue that nobody used for six hours: it is empty. A length that is not measured shows as an age.
      treatMissingData: TreatMissingData.NOT_BREACHING,
      topic: this.#topic,
    });
  }
}

const depthOf = (queue: Queue) =>
  queue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, period: PERIOD });

const lengthOf = (metricName: string): Metric =>
  new Metric({ namespace: METRICS_NAMESPACE, metricName, statistic: Stats.MAXIMUM, period: PERIOD });
