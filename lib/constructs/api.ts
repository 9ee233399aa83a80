import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { Env } from '#core/resource-names.ts';
import type { Deployment } from '../config/deployment.ts';
import { allowCustomerKey } from './customer-key.ts';
import type { Data } from './data.ts';
import { type Environment, outboundEnvironment, tableEnvironment } from './environment.ts';
import { HttpApi } from './http-api.ts';
import { PomboFunction } from './pombo-function.ts';
import type { Queues } from './queues.ts';
import { API_TIMEOUT } from './timeouts.ts';

export interface ApiProps {
  readonly deployment: Deployment;
  readonly data: Data;
  readonly queues: Queues;
  readonly failures: ITopic;
  /** Deep health looks whether it is there. */
  readonly retry: StateMachine;
}

/** What clients call: one function per resource, each with a role that can do that resource's work and no more. */
export class Api extends Construct {
  readonly http: HttpApi;
  readonly #props: ApiProps;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    this.#props = props;
    const docs = this.#function('Docs', 'OpenAPI document and its pages', {});
    this.http = new HttpApi(this, 'Http', {
      deployment: props.deployment,
      failures: props.failures,
      graph: this.#messages(),
      resources: { sessions: this.#sessions(), webhooks: this.#webhooks(), docs },
      leaves: { health: this.#health(), 'openapi.json': docs },
    });
  }

  #function(id: string, description: string, environment: Environment): PomboFunction {
    return new PomboFunction(this, id, {
      bundle: id.toLowerCase(),
      description,
      timeout: API_TIMEOUT,
      environment,
      deployment: this.#props.deployment,
    });
  }

  /** Answers one call of a client with a key: finds the account by the key's hash. */
  #keyed(id: string, description: string, environment: Environment): PomboFunction {
    const { data } = this.#props;
    const keyed = this.#function(id, description, { ...tableEnvironment(data, 'accounts'), ...environment });
    data.tables.accounts.grants.actions(keyed, 'dynamodb:GetItem');
    allowCustomerKey(this.#props.deployment, keyed);
    return keyed;
  }

  #messages(): PomboFunction {
    const { data, queues } = this.#props;
    const messages = this.#keyed('Messages', 'Graph-shaped paths: sending messages', {
      ...tableEnvironment(data, 'sessions'),
      ...outboundEnvironment(queues.outbound),
    });
    data.tables.sessions.grants.actions(messages, 'dynamodb:GetItem');
    this.#mayEnqueue(messages);
    return messages;
  }

  #sessions(): PomboFunction {
    const { data, queues } = this.#props;
    const sessions = this.#keyed('Sessions', 'Sessions: create, pair, start, stop, log out, delete', {
      ...tableEnvironment(data, 'sessions', 'endpoints', 'answers'),
      ...outboundEnvironment(queues.outbound),
    });
    data.tables.sessions.grants.actions(
      sessions,
      'dynamodb:GetItem',
      'dynamodb:Query',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
    );
    data.tables.answers.grants.actions(sessions, 'dynamodb:GetItem');
    // A deleted session takes its own webhooks with it.
    data.tables.endpoints.grants.actions(sessions, 'dynamodb:Query', 'dynamodb:DeleteItem');
    this.#mayEnqueue(sessions);
    return sessions;
  }

  #webhooks(): PomboFunction {
    const { data, deployment, queues } = this.#props;
    const webhooks = this.#keyed('Webhooks', 'Webhook subscriptions', {
      ...tableEnvironment(data, 'sessions', 'endpoints'),
      ...outboundEnvironment(queues.outbound),
      [Env.secretsKeyId]: data.secretsKey.keyId,
      [Env.privateTargets]: deployment.config.privateTargets.join(','),
    });
    data.tables.sessions.grants.actions(webhooks, 'dynamodb:GetItem', 'dynamodb:Query');
    data.tables.endpoints.grants.actions(
      webhooks,
      'dynamodb:GetItem',
      'dynamodb:Query',
      'dynamodb:PutItem',
      'dynamodb:DeleteItem',
    );
    data.secretsKey.grants.actions(webhooks, 'kms:Encrypt');
    // The connectors are told that the list of webhooks changed.
    this.#mayEnqueue(webhooks);
    return webhooks;
  }

  #health(): PomboFunction {
    const { data, queues } = this.#props;
    const health = this.#keyed('Health', 'Health, shallow and deep', {
      ...tableEnvironment(data, 'sessions', 'tasks'),
      ...outboundEnvironment(queues.outbound),
      [Env.outboundDeadLetterQueueUrl]: queues.outboundDeadLetters.queueUrl,
      [Env.eventsQueueUrl]: queues.events.queue.queueUrl,
      [Env.eventsDeadLetterQueueUrl]: queues.events.deadLetterQueue.queueUrl,
      [Env.bulkQueueUrl]: queues.bulk.queue.queueUrl,
      [Env.bulkDeadLetterQueueUrl]: queues.bulk.deadLetterQueue.queueUrl,
      [Env.secretsKeyId]: data.secretsKey.keyId,
      [Env.retryStateMachineArn]: this.#props.retry.stateMachineArn,
    });
    this.#props.retry.grants.actions(health, 'states:DescribeStateMachine');
    data.tables.sessions.grants.actions(health, 'dynamodb:Query');
    data.tables.tasks.grants.actions(health, 'dynamodb:Scan');
    data.secretsKey.grants.actions(health, 'kms:DescribeKey');
    for (const queue of [
      ...queues.outbound,
      queues.outboundDeadLetters,
      queues.events.queue,
      queues.events.deadLetterQueue,
      queues.bulk.queue,
      queues.bulk.deadLetterQueue,
    ]) {
      queue.grants.actions(health, ['sqs:GetQueueAttributes']);
    }
    // The age of a queue's oldest message is only a metric, and metrics have no resource to name in a policy.
    health.addToRolePolicy(new PolicyStatement({ actions: ['cloudwatch:GetMetricData'], resources: ['*'] }));
    return health;
  }

  #mayEnqueue(sender: PomboFunction): void {
    for (const queue of this.#props.queues.outbound) queue.grants.actions(sender, ['sqs:SendMessage']);
  }
}
