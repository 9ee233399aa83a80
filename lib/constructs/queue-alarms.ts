import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, MathExpression, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Queues } from './queues.ts';
import { RunbookAlarm } from './runbook-alarm.ts';

/** An alarm's expression may use ten metrics at most (CloudWatch quota). */
const METRICS_PER_ALARM = 10;
/** A command that waits longer than this is late for whoever sent it. */
const OLDEST_OUTBOUND = Duration.minutes(15);
const PERIOD = Duration.minutes(5);

/** What must never wait long, and what must be empty. */
export class QueueAlarms extends Construct {
  constructor(scope: Construct, id: string, props: { readonly queues: Queues; readonly failures: ITopic }) {
    super(scope, id);
    const { queues, failures } = props;
    for (let first = 0; first < queues.outbound.length; first += METRICS_PER_ALARM) {
      this.#late(first, queues.outbound.slice(first, first + METRICS_PER_ALARM), failures);
    }
    const deadLetters = {
      OutboundDead: ['outbound-dead-letters', 'Commands died, and the function that answers for them fails too.'],
      EventsDead: ['events-dead-letters', 'Message events could not be processed and wait in their dead-letter queue.'],
      BulkDead: [
        'bulk-dead-letters',
        'Status or session events could not be processed and wait in their dead-letter queue.',
      ],
    } as const;
    const queueOf = {
      OutboundDead: queues.outboundDeadLetters,
      EventsDead: queues.events.deadLetterQueue,
      BulkDead: queues.bulk.deadLetterQueue,
    } as const;
    for (const name of ['OutboundDead', 'EventsDead', 'BulkDead'] as const) {
      const [slug, summary] = deadLetters[name];
      new RunbookAlarm(this, name, {
        slug,
        summary,
        metric: queueOf[name].metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, period: PERIOD }),
        threshold: 0,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluationPeriods: 1,
        // SQS stops reporting a queue that nobody used for six hours: it is empty.
        treatMissingData: TreatMissingData.NOT_BREACHING,
        topic: failures,
      });
    }
  }

  #late(firstShard: number, shards: readonly Queue[], topic: ITopic): void {
    const usingMetrics = Object.fromEntries(
      shards.map((queue, index) => [
        `shard${firstShard + index}`,
        queue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM, period: PERIOD }),
      ]),
    );
    new RunbookAlarm(this, `OutboundLate${firstShard}`, {
      slug: 'outbound-late',
      summary: `A command has waited for its session for more than ${OLDEST_OUTBOUND.toMinutes()} minutes.`,
      metric: new MathExpression({
        label: 'Oldest command, seconds',
        expression: 'MAX(METRICS())',
        usingMetrics,
        period: PERIOD,
      }),
      threshold: OLDEST_OUTBOUND.toSeconds(),
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      topic,
    });
  }
}
