import { Duration } from 'aws-cdk-lib';
import {
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  Metric,
  SingleValueWidget,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { METRICS_NAMESPACE, Metric as MetricName } from '#core/observability/metrics.ts';
import type { Api } from './api.ts';
import type { ConnectorService } from './connector-service.ts';
import type { Queues } from './queues.ts';
import type { WebhookDelivery } from './webhook-delivery.ts';

const PERIOD = Duration.minutes(5);
/** A CloudWatch dashboard is 24 units wide. */
const WIDTH = 24;

/** A metric of ours; none has dimensions (D15). */
const own = (metricName: string, label: string, statistic: string): Metric =>
  new Metric({ namespace: METRICS_NAMESPACE, metricName, label, statistic, period: PERIOD });

/** A gauge that each task sends once a minute: the sum of a minute is what all tasks have together. */
const ofAllTasks = (metricName: string, label: string): Metric =>
  own(metricName, label, Stats.SUM).with({ period: Duration.minutes(1) });

const graph = (title: string, left: readonly IMetric[], width = WIDTH / 3): GraphWidget =>
  new GraphWidget({ title, left: [...left], width, period: PERIOD });

export interface OperationsDashboardProps {
  readonly api: Api;
  readonly queues: Queues;
  readonly connector: ConnectorService;
  readonly delivery: WebhookDelivery;
}

/** One page for the owner: first the business, then each part on the way of a message. */
export class OperationsDashboard extends Construct {
  constructor(scope: Construct, id: string, props: OperationsDashboardProps) {
    super(scope, id);
    new Dashboard(this, 'Dashboard', {
      defaultInterval: Duration.hours(12),
      widgets: [
        businessRow(),
        apiRow(props.api),
        lateRow(props.queues),
        longRow(props),
        linesRow(),
        ownersRow(),
        deliveriesRow(props),
        workerRow(props),
      ],
    });
  }
}

function businessRow(): IWidget[] {
  const figures = [
    own(MetricName.messageSent, 'Sent', Stats.SUM),
    own(MetricName.messageReceived, 'Received', Stats.SUM),
    own(MetricName.webhookDelivered, 'Delivered', Stats.SUM),
    ofAllTasks(MetricName.sessionsOpen, 'Sessions open'),
  ];
  return figures.map(
    (figure) =>
      new SingleValueWidget({
        title: figure.label ?? '',
        metrics: [figure],
        width: WIDTH / figures.length,
        height: 6,
        sparkline: true,
      }),
  );
}

function apiRow({ http }: Api): IWidget[] {
  return [
    graph('API: requests and errors', [
      http.stage.metricCount({ statistic: Stats.SUM }),
      http.stage.metricClientError({ statistic: Stats.SUM }),
      http.stage.metricServerError({ statistic: Stats.SUM }),
    ]),
    graph('API: latency, ms', [
      http.stage.metricLatency({ statistic: 'p50' }),
      http.stage.metricLatency({ statistic: 'p95' }),
    ]),
    graph('Numbers that need somebody', [
      ofAllTasks(MetricName.sessionsNeedPerson, 'Logged out or banned'),
      ofAllTasks(MetricName.sessionsQuarantined, 'Quarantined'),
    ]),
  ];
}

function lateRow(queues: Queues): IWidget[] {
  const age = (queue: Queue): IMetric => queue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM });
  return [
    graph('Outbound: oldest command, s', queues.outbound.map(age), WIDTH / 2),
    graph('Webhooks: oldest event, s', [queues.events.queue, queues.bulk.queue].map(age), WIDTH / 2),
  ];
}

function longRow({ queues, delivery }: OperationsDashboardProps): IWidget[] {
  const depth = (queue: Queue): IMetric => queue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM });
  const dead = [queues.outboundDeadLetters, queues.events.deadLetterQueue, queues.bulk.deadLetterQueue];
  return [
    graph('Outbound: commands that wait', queues.outbound.map(depth)),
    graph('Webhooks: events that wait', [queues.events.queue, queues.bulk.queue].map(depth)),
    graph('Dead letters', [...dead, delivery.deadDeliveries].map(depth)),
  ];
}

function linesRow(): IWidget[] {
  return [
    graph('Lines to WhatsApp: reconnected and deaf', [
      own(MetricName.sessionReconnected, 'Reconnected', Stats.SUM),
      own(MetricName.connectionDeaf, 'Deaf', Stats.SUM),
    ]),
    graph('Lines to WhatsApp: longest silence, ms', [own(MetricName.longestFrameAge, 'Silence', Stats.MAXIMUM)]),
    graph('Messages without an acknowledgement', [ofAllTasks(MetricName.acksPending, 'Waiting')]),
  ];
}

function ownersRow(): IWidget[] {
  return [
    graph('Commands that wait for their number', [
      ofAllTasks(MetricName.commandsParked, 'Parked'),
      own(MetricName.commandExpired, 'Expired', Stats.SUM),
      own(MetricName.commandDropped, 'Dropped', Stats.SUM),
      own(MetricName.commandDied, 'Died', Stats.SUM),
    ]),
    graph('Owners: conflicts, and silence in ms', [
      own(MetricName.leaseConflicted, 'Conflicts', Stats.SUM),
      own(MetricName.taskSilent, 'Silence', Stats.SUM),
    ]),
    graph('Ledger in memory, bytes', [own(MetricName.ledgerBytes, 'Largest task', Stats.MAXIMUM)]),
  ];
}

/** First attempts, what did not get through, and the machines that see to it. */
function deliveriesRow({ delivery }: OperationsDashboardProps): IWidget[] {
  const machines = [delivery.retry, delivery.recovery];
  return [
    graph('Webhooks: delivered and failed', [
      own(MetricName.webhookDelivered, 'Delivered', Stats.SUM),
      own(MetricName.webhookFailed, 'Failed', Stats.SUM),
    ]),
    graph('Webhooks: parked, given up, dropped', [
      own(MetricName.webhookParked, 'Parked', Stats.SUM),
      own(MetricName.webhookDead, 'Given up', Stats.SUM),
      own(MetricName.eventDropped, 'Dropped', Stats.SUM),
      own(MetricName.breakerOpened, 'Webhooks paused', Stats.SUM),
      own(MetricName.endpointDisabled, 'Webhooks disabled', Stats.SUM),
    ]),
    graph('Webhooks: retries and recoveries', [
      ...machines.map((machine) => machine.metricStarted({ statistic: Stats.SUM })),
      ...machines.map((machine) => machine.metricFailed({ statistic: Stats.SUM })),
    ]),
  ];
}

function workerRow({ connector }: OperationsDashboardProps): IWidget[] {
  return [
    graph(
      'Connector: CPU and memory, %',
      [
        connector.service.metricCpuUtilization({ statistic: Stats.MAXIMUM }),
        connector.service.metricMemoryUtilization({ statistic: Stats.MAXIMUM }),
      ],
      WIDTH,
    ),
  ];
}
