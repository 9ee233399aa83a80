import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { Env, Index } from '#core/resource-names.ts';
import type { Deployment } from '../config/deployment.ts';
import { allowCustomerKey } from './customer-key.ts';
import type { Data } from './data.ts';
import { type Environment, outboundEnvironment, tableEnvironment } from './environment.ts';
import { allowNotices, noticeEnvironment } from './notices.ts';
import { PomboFunction } from './pombo-function.ts';
import type { Queues } from './queues.ts';

/** Less than a minute, so that two calls never overlap. */
const TIMEOUT = Duration.seconds(50);
const EACH_MINUTE = Duration.minutes(1);

/** What a function that counts deliveries for monitoring has to know. */
export const monitoringEnvironment = (data: Data): Environment => tableEnvironment(data, 'endpoints', 'limits');

/** Lets a function count deliveries for the accounts that monitor (core/adapters/monitoring.ts). */
export function allowMonitoring(data: Data, program: IGrantable): void {
  allowQuery(program, `${data.tables.endpoints.tableArn}/index/${Index.endpointsByMonitoring}`);
  data.tables.limits.grants.actions(program, 'dynamodb:UpdateItem');
}

/** Of a table or of one index; the table's own grants would take all its indexes in. */
function allowQuery({ grantPrincipal }: IGrantable, resource: string): void {
  grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: ['dynamodb:Query'], resources: [resource] }));
}

export interface MonitoringProps {
  readonly deployment: Deployment;
  readonly data: Data;
  readonly queues: Queues;
  readonly failures: ITopic;
}

/** Each minute: tells accounts that monitor what became of their deliveries, and operators how a storm of notices ended. */
export class Monitoring extends Construct {
  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    const { data, deployment, failures, queues } = props;
    const queueStats = new PomboFunction(this, 'QueueStats', {
      bundle: 'queue-stats',
      description: 'Each minute: what became of deliveries, for those who monitor them',
      timeout: TIMEOUT,
      memorySize: 256,
      environment: {
        ...monitoringEnvironment(data),
        ...tableEnvironment(data, 'endpointStates', 'backlog'),
        ...outboundEnvironment(queues.outbound),
        ...noticeEnvironment(data, failures),
        [Env.eventsQueueUrl]: queues.events.queue.queueUrl,
        [Env.bulkQueueUrl]: queues.bulk.queue.queueUrl,
      },
      deployment,
    });
    allowCustomerKey(deployment, queueStats);
    allowMonitoring(data, queueStats);
    allowNotices(data, failures, queueStats);
    allowQuery(queueStats, data.tables.endpoints.tableArn);
    data.tables.endpointStates.grants.actions(queueStats, 'dynamodb:BatchGetItem');
    data.tables.backlog.grants.actions(queueStats, 'dynamodb:Query');
    data.tables.limits.grants.actions(queueStats, 'dynamodb:BatchGetItem');
    for (const queue of [...queues.outbound, queues.events.queue, queues.bulk.queue])
      queue.grants.actions(queueStats, ['sqs:GetQueueAttributes']);
    queues.bulk.queue.grants.actions(queueStats, ['sqs:SendMessage']);
    new Rule(this, 'EachMinute', {
      description: 'Queue figures for monitoring',
      schedule: Schedule.rate(EACH_MINUTE),
      // A minute that could not be told is told by the next call.
      targets: [new LambdaFunction(queueStats, { retryAttempts: 0 })],
    });
  }
}
