import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import { Env } from '#core/resource-names.ts';
import type { Deployment } from '../config/deployment.ts';
import { allowCustomerKey } from './customer-key.ts';
import type { Data } from './data.ts';
import { tableEnvironment } from './environment.ts';
import { PomboFunction } from './pombo-function.ts';
import type { Queues } from './queues.ts';
import { DELIVER_TIMEOUT } from './timeouts.ts';

export interface DeadCommandsProps {
  readonly deployment: Deployment;
  readonly data: Data;
  readonly queues: Queues;
}

/** Gives each command that the connector could not finish a `failed` status, so that no client waits for ever (D5). */
export class DeadCommands extends Construct {
  constructor(scope: Construct, id: string, props: DeadCommandsProps) {
    super(scope, id);
    const { data, deployment, queues } = props;
    const deadCommands = new PomboFunction(this, 'Function', {
      bundle: 'dead-commands',
      description: 'Tells the sender of each dead command that it failed',
      timeout: DELIVER_TIMEOUT,
      environment: {
        ...tableEnvironment(data, 'sessions', 'endpoints'),
        [Env.eventsQueueUrl]: queues.events.queue.queueUrl,
        [Env.bulkQueueUrl]: queues.bulk.queue.queueUrl,
      },
      deployment,
    });
    allowCustomerKey(deployment, deadCommands);
    data.tables.sessions.grants.actions(deadCommands, 'dynamodb:GetItem');
    data.tables.endpoints.grants.actions(deadCommands, 'dynamodb:Query');
    // It publishes failed statuses, and these are in the bulk lane.
    queues.bulk.queue.grants.actions(deadCommands, ['sqs:SendMessage']);
    deadCommands.addEventSource(new SqsEventSource(queues.outboundDeadLetters, { reportBatchItemFailures: true }));
  }
}
