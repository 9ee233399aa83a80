import { Duration } from 'aws-cdk-lib';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import {
  AwsLogDriverMode,
  ContainerImage,
  CpuArchitecture,
  FargateTaskDefinition,
  LogDriver,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { Env, MediaPrefix } from '#core/resource-names.ts';
import { connectorAsset, type Deployment } from '../config/deployment.ts';
import { heapMemoryOf, ledgerMemoryOf } from '../config/task-size.ts';
import { allowCustomerKey } from './customer-key.ts';
import type { Data } from './data.ts';
import { commonEnvironment, type Environment, outboundEnvironment, tableEnvironment } from './environment.ts';
import { allowFiles, allowListing, mediaEnvironment } from './media.ts';
import { ProgramLogs } from './program-logs.ts';
import { proxyCredentials } from './proxy-credentials.ts';
import type { Queues } from './queues.ts';

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

export interface ConnectorTaskProps {
  readonly deployment: Deployment;
  readonly data: Data;
  readonly queues: Queues;
  readonly failures: ITopic;
}

/** What one connector task runs, with which environment, and what it may do. */
export class ConnectorTask extends FargateTaskDefinition {
  constructor(scope: Construct, id: string, props: ConnectorTaskProps) {
    const { deployment } = props;
    const { config } = deployment;
    super(scope, id, {
      cpu: config.taskCpu,
      memoryLimitMiB: config.taskMemoryMiB,
      runtimePlatform: {
        cpuArchitecture: CpuArchitecture.ARM64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
    });
    this.addContainer('Connector', {
      image: ContainerImage.fromAsset(connectorAsset(deployment), { platform: Platform.LINUX_ARM64 }),
      // Here and not in the Dockerfile, so that the template says everything that runs.
      command: ['node', '--enable-source-maps', `--max-old-space-size=${heapMemoryOf(config)}`, 'main.mjs'],
      environment: environmentOf(props),
      secrets: proxyCredentials(scope, config.proxies),
      healthCheck: HEALTH_CHECK,
      stopTimeout: STOP_TIMEOUT,
      enableRestartPolicy: true,
      restartAttemptPeriod: RESTART_ATTEMPT_PERIOD,
      logging: LogDriver.awsLogs({
        streamPrefix: 'connector',
        // A slow CloudWatch must never stop the event loop that keeps sockets and heartbeats alive.
        mode: AwsLogDriverMode.NON_BLOCKING,
        logGroup: new ProgramLogs(scope, 'Logs', deployment),
      }),
    });
    this.#grant(props);
  }

  #grant({ data, deployment, failures, queues }: ConnectorTaskProps): void {
    const role = this.taskRole;
    const { tables } = data;
    allowCustomerKey(deployment, role);
    tables.sessions.grants.actions(
      role,
      'dynamodb:GetItem',
      'dynamodb:BatchGetItem',
      'dynamodb:UpdateItem',
      'dynamodb:Query',
    );
    tables.endpoints.grants.actions(role, 'dynamodb:Query');
    tables.answers.grants.actions(role, 'dynamodb:PutItem');
    tables.tasks.grants.actions(
      role,
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
      // Leases and heartbeats are looked at together.
      'dynamodb:Scan',
    );
    // Files that arrive, those that are sent, and those of a number that is deleted, which are found by their place.
    tables.media.grants.actions(role, 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem');
    allowFiles(data, role, ['s3:GetObject', 's3:DeleteObject']);
    allowListing(data, role);
    allowFiles(data, role, ['s3:PutObject', 's3:AbortMultipartUpload'], [MediaPrefix.received]);
    // Gates of notices: one of a kind an hour.
    tables.limits.grants.actions(role, 'dynamodb:PutItem', 'dynamodb:UpdateItem');
    const ledger = [tables.authState, tables.messages];
    for (const table of ledger) {
      table.grants.actions(role, 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:DeleteItem');
    }
    // What a login asks for comes in one call.
    tables.authState.grants.actions(role, 'dynamodb:BatchGetItem');
    data.ledgerKey.allow(role, ...ledger);
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
    // The topic's own grant would give a wildcard on a customer's key, whose use is granted above.
    role.addToPrincipalPolicy(new PolicyStatement({ actions: ['sns:Publish'], resources: [failures.topicArn] }));
  }
}

function environmentOf({ data, deployment, failures, queues }: ConnectorTaskProps): Environment {
  const { config } = deployment;
  const proxies = config.proxies.map(({ name, protocol, host, port }) => ({ name, protocol, host, port }));
  return {
    ...commonEnvironment(deployment),
    ...tableEnvironment(data, 'sessions', 'endpoints', 'answers', 'tasks', 'authState', 'messages', 'limits'),
    ...mediaEnvironment(data),
    ...outboundEnvironment(queues.outbound),
    [Env.eventsQueueUrl]: queues.events.queue.queueUrl,
    [Env.bulkQueueUrl]: queues.bulk.queue.queueUrl,
    [Env.failureTopicArn]: failures.topicArn,
    [Env.messageRetentionDays]: String(config.messageRetentionDays),
    [Env.messageTtlS]: String(config.messageTtlSeconds),
    [Env.connectAttempts]: String(config.connectAttempts),
    [Env.sendAttempts]: String(config.sendAttempts),
    [Env.sendRetryDelayMs]: String(config.sendRetryDelayMs),
    ...(config.nativeButtons ? { [Env.nativeButtons]: '1' } : {}),
    [Env.ledgerMemoryMiB]: String(ledgerMemoryOf(config)),
    ...(config.whatsappVersion === undefined ? {} : { [Env.whatsappVersion]: config.whatsappVersion }),
    ...(proxies.length === 0 ? {} : { [Env.proxies]: JSON.stringify(proxies) }),
  };
}
