import { Duration } from 'aws-cdk-lib';
import {
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  MathExpression,
  SingleValueWidget,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { METRICS_NAMESPACE, Metric } from '#core/observability/metrics.ts';
import type { Api } from './api.ts';
import type { ConnectorService } from './connector-service.ts';
import type { Queues } from './queues.ts';
import type { WebhookDelivery } from './webhook-delivery.ts';

const PERIOD = Duration.minutes(5);
/** A CloudWatch dashboard is 24 units wide. */
const WIDTH = 24;

/** A metric of ours, summed over whatever dimensions its emitter adds. */
const own = (name: string, label: string, statistic: string): MathExpression =>
  new MathExpression({
    label,
    expression: `SUM(SEARCH('Namespace="${METRICS_NAMESPACE}" MetricName="${name}"', '${statistic}', ${PERIOD.toSeconds()}))`,
    usingMetrics: {},
    period: PERIOD,
  });

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
      widgets: [businessRow(), apiRow(props.api), queueRow(props.queues), workerRow(props)],
    });
  }
}

function businessRow(): IWidget[] {
  const figures = [
    own(Metric.messageSent, 'Sent', Stats.SUM),
    own(Metric.messageReceived, 'Received', Stats.SUM),
    own(Metric.webhookDelivered, 'Delivered', Stats.SUM),
    own(Metric.sessionsOpen, 'Sessions open', Stats.MAXIMUM),
  ];
  return figures.map(
    (figure) =>
      new SingleValueWidget({
        title: figure.label ?? '',
        metrics: [figure],
        width: WIDTH / figures.length,
        height: 6,
        sparkline: true,
        period: PERIOD,
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
    graph('Numbers that need a person', [own(Metric.sessionsNeedPerson, 'Sessions', Stats.MAXIMUM)]),
  ];
}

function queueRow(queues: Queues): IWidget[] {
  return [
    graph(
      'Outbound: oldest command, s',
      queues.outbound.map((queue) => queue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM })),
    ),
    graph(
      'Webhooks: oldest event, s',
      [queues.events, queues.bulk].map((lane) =>
        lane.queue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM }),
      ),
    ),
    graph(
      'Dead letters',
      [queues.outboundDeadLetters, queues.events.deadLetterQueue, queues.bulk.deadLetterQueue].map((queue) =>
        queue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM }),
      ),
    ),
  ];
}

function workerRow({ connector, delivery }: OperationsDashboardProps): IWidget[] {
  return [
    graph('Connector: CPU and memory, %', [
      connector.service.metricCpuUtilization({ statistic: Stats.MAXIMUM }),
      connector.service.metricMemoryUtilization({ statistic: Stats.MAXIMUM }),
    ]),
    graph('Webhooks: delivered and failed', [
      own(Metric.webhookDelivered, 'Delivered', Stats.SUM),
      own(Metric.webhookFailed, 'Failed', Stats.SUM),
    ]),
    graph('Webhooks: retries', [
      delivery.retry.metricStarted({ statistic: Stats.SUM }),
      delivery.retry.metricFailed({ statistic: Stats.SUM }),
    ]),
  ];
}
