import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import {
  AvailabilityZoneRebalancing,
  AwsLogDriverMode,
  Cluster,
  ContainerImage,
  ContainerInsights,
  CpuArchitecture,
  FargateService,
  FargateTaskDefinition,
  LogDriver,
  OperatingSystemFamily,
  PropagatedTagSource,
} from 'aws-cdk-lib/aws-ecs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { METRICS_NAMESPACE, Metric as MetricName } from '#core/observability/metrics.ts';
import { Env } from '#core/resource-names.ts';
import { connectorAsset, type Deployment } from '../config/deployment.ts';
import { ConnectorNetwork } from './connector-network.ts';
import { allowCustomerKey } from './customer-key.ts';
import type { Data } from './data.ts';
import { commonEnvironment, outboundEnvironment, tableEnvironment } from './environment.ts';
import { ProgramLogs } from './program-logs.ts';
import type { Queues } from './queues.ts';
import { RunbookAlarm } from './runbook-alarm.ts';

/** Fargate's maximum: a hand-over of many sessions needs all it can get. */
const STOP_TIMEOUT = Duration.seconds(120);
/** A container that ran at least this long is restarted in place; 60 s is ECS's minimum. */
const RESTART_ATTEMPT_PERIOD = Duration.seconds(60);
/** Unhealthy after 3 × 10 s of a stuck event loop. */
const HEALTH_CHECK = {
  command: ['CMD', 'node', 'healthcheck.mjs'],
  interval: Duration.seconds(10),
  timeout: Duration.seconds(5),
  retries: 3,
  startPeriod: Duration.seconds(30),
};
/** A bad state of tasks that lasts this long does not end by itself. */
const ALARM_MINUTES = 5;
/** Above it heartbeats and hand-overs come late. */
const BUSY_PERCENT = 80;

export interface ConnectorServiceProps {
  readonly deployment: Deployment;
  readonly data: Data;
  readonly queues: Queues;
  readonly failures: ITopic;
}

/** The long-running tasks that hold the WhatsApp sockets. */
export class ConnectorService extends Construct {
  readonly service: FargateService;
  readonly #task: FargateTaskDefinition;

  constructor(scope: Construct, id: string, props: ConnectorServiceProps) {
    super(scope, id);
    const network = new ConnectorNetwork(this, 'Network', props.deployment.config);
    const cluster = new Cluster(this, 'Cluster', {
      vpc: network.vpc,
      containerInsightsV2: ContainerInsights.DISABLED,
    });
    this.#task = this.#taskDefinition(props);
    this.service = new FargateService(this, 'Service', {
      cluster,
      taskDefinition: this.#task,
      desiredCount: props.deployment.config.taskCount,
      // Old and new run side by side while sessions are handed over (design: house-style deviation, D6).
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { enable: true, rollback: true },
      // Every move of a task reconnects numbers; balance between zones is not worth that.
      availabilityZoneRebalancing: AvailabilityZoneRebalancing.DISABLED,
      assignPublicIp: network.assignPublicIp,
      securityGroups: [network.securityGroup],
      propagateTags: PropagatedTagSource.SERVICE,
      enableECSManagedTags: true,
    });
    this.#grant(props);
    this.#alarm(props);
  }

  #taskDefinition(props: ConnectorServiceProps): FargateTaskDefinition {
    const { data, deployment, queues } = props;
    const { config } = deployment;
    const task = new FargateTaskDefinition(this, 'Task', {
      cpu: config.taskCpu,
      memoryLimitMiB: config.taskMemoryMiB,
      runtimePlatform: {
        cpuArchitecture: CpuArchitecture.ARM64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
    });
    task.addContainer('Connector', {
      image: ContainerImage.fromAsset(connectorAsset(deployment), { platform: Platform.LINUX_ARM64 }),
      // Here and not in the Dockerfile, so that the template says everything that runs.
      command: ['node', '--enable-source-maps', 'main.mjs'],
      environment: {
        ...commonEnvironment(deployment),
        ...tableEnvironment(data, 'sessions', 'endpoints', 'answers', 'tasks', 'authState', 'messages'),
        ...outboundEnvironment(queues.outbound),
        [Env.eventsQueueUrl]: queues.events.queue.queueUrl,
        [Env.bulkQueueUrl]: queues.bulk.queue.queueUrl,
        [Env.messageRetentionDays]: String(config.messageRetentionDays),
      },
      healthCheck: HEALTH_CHECK,
      stopTimeout: STOP_TIMEOUT,
      enableRestartPolicy: true,
      restartAttemptPeriod: RESTART_ATTEMPT_PERIOD,
      logging: LogDriver.awsLogs({
        streamPrefix: 'connector',
        // A slow CloudWatch must never stop the event loop that keeps sockets and heartbeats alive.
        mode: AwsLogDriverMode.NON_BLOCKING,
        logGroup: new ProgramLogs(this, 'Logs', deployment),
      }),
    });
    return task;
  }

  #grant({ data, deployment, queues }: ConnectorServiceProps): void {
    const role = this.#task.taskRole;
    allowCustomerKey(deployment, role);
    data.tables.sessions.grants.actions(role, 'dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:Query');
    data.tables.endpoints.grants.actions(role, 'dynamodb:Query');
    data.tables.answers.grants.actions(role, 'dynamodb:PutItem');
    data.tables.tasks.grants.actions(
      role,
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
    );
    for (const ledger of [data.tables.authState, data.tables.messages]) {
      ledger.grants.actions(role, 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:DeleteItem');
    }
    for (const queue of queues.outbound) {
      queue.grants.actions(role, [
        'sqs:ReceiveMessage',
        'sqs:ChangeMessageVisibility',
        'sqs:DeleteMessage',
        // A long poll is never aborted: its owner ends it with a nudge to itself (D5).
        'sqs:SendMessage',
      ]);
    }
    for (const lane of [queues.events, queues.bulk]) lane.queue.grants.actions(role, ['sqs:SendMessage']);
  }

  #alarm({ deployment, failures: topic }: ConnectorServiceProps): void {
    const period = Duration.minutes(1);
    new RunbookAlarm(this, 'TasksMissing', {
      slug: 'connector-tasks-missing',
      summary: 'Fewer connector tasks run than are wanted: numbers may be offline.',
      // Each running task reports its CPU once a minute, so the count of samples is the count of tasks: AWS's own advice
      // for counting without paying for Container Insights.
      metric: this.service.metricCpuUtilization({ statistic: Stats.SAMPLE_COUNT, period }),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: deployment.config.taskCount,
      evaluationPeriods: ALARM_MINUTES,
      treatMissingData: TreatMissingData.BREACHING,
      topic,
    });
    new RunbookAlarm(this, 'Busy', {
      slug: 'connector-busy',
      summary: `A connector task has used more than ${BUSY_PERCENT} % of its CPU for ${ALARM_MINUTES} minutes.`,
      metric: this.service.metricCpuUtilization({ statistic: Stats.MAXIMUM, period }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: BUSY_PERCENT,
      evaluationPeriods: ALARM_MINUTES,
      // No task, no load; that there is none has its own alarm.
      treatMissingData: TreatMissingData.NOT_BREACHING,
      topic,
    });
    new RunbookAlarm(this, 'NeedsPerson', {
      slug: 'sessions-need-person',
      summary: 'A number was unlinked from its phone, or WhatsApp refuses it: only a person can bring it back.',
      metric: new Metric({
        namespace: METRICS_NAMESPACE,
        metricName: MetricName.sessionsNeedPerson,
        statistic: Stats.MAXIMUM,
        period: Duration.minutes(5),
      }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: 0,
      evaluationPeriods: 1,
      // A connector that is away knows nothing of its sessions; they are as they were.
      treatMissingData: TreatMissingData.IGNORE,
      topic,
    });
  }
}
