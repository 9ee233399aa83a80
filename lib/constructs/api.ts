import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { Env, LEASE_KEYS, LIMIT_KEYS } from '#core/resource-names.ts';
import type { Deployment } from '../config/deployment.ts';
import { allowCustomerKey } from './customer-key.ts';
import type { Data } from './data.ts';
import { type Environment, limitsEnvironment, outboundEnvironment, tableEnvironment } from './environment.ts';
import { HttpApi } from './http-api.ts';
import { Media } from './media.ts';
import { PomboFunction } from './pombo-function.ts';
import type { Queues } from './queues.ts';
import { Replay } from './replay.ts';
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
  readonly #media: Media;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    this.#props = props;
    this.#media = new Media(this, 'Media', props);
    const docs = this.#function('Docs', 'OpenAPI document and its pages', {});
    const deliveries = this.#deliveries();
    this.http = new HttpApi(this, 'Http', {
      deployment: props.deployment,
      failures: props.failures,
      graph: this.#graph(),
      resources: {
        sessions: this.#sessions(),
        webhooks: this.#webhooks(),
        deliveries,
        replays: deliveries,
        docs,
        media: this.#media.files,
      },
      leaves: { health: this.#health(), 'openapi.json': docs, 'dead-letters': deliveries },
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
    const keyed = this.#function(id, description, {
      ...tableEnvironment(data, 'accounts', 'limits'),
      ...limitsEnvironment(this.#props.deployment),
      ...environment,
    });
    data.tables.accounts.grants.actions(keyed, 'dynamodb:GetItem');
    // Wrong keys are counted by the address that sent them.
    keyed.addToRolePolicy(withLeadingKeys(data.tables.limits, ['dynamodb:UpdateItem'], [`${LIMIT_KEYS.login}*`]));
    allowCustomerKey(this.#props.deployment, keyed);
    return keyed;
  }

  #graph(): PomboFunction {
    const { data, deployment, queues } = this.#props;
    const graph = this.#keyed('Graph', 'Graph-shaped paths: messages and what belongs to them', {
      ...tableEnvironment(data, 'sessions', 'endpoints', 'deliveries', 'templates', 'endpointStates', 'answers'),
      ...outboundEnvironment(queues.outbound),
      [Env.secretsKeyId]: data.secretsKey.keyId,
      [Env.privateTargets]: deployment.config.privateTargets.join(','),
      [Env.messageTtlS]: String(deployment.config.messageTtlSeconds),
      [Env.messageRetentionDays]: String(deployment.config.messageRetentionDays),
      ...this.#media.environment,
    });
    // The numbers of an account; register and deregister note what their owner wants.
    data.tables.sessions.grants.actions(graph, 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem');
    // message_history is what was delivered to the webhooks of the account; subscribed_apps makes and removes one.
    data.tables.endpoints.grants.actions(
      graph,
      'dynamodb:Query',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
    );
    // What WhatsApp said to questions: number check, block list, profile.
    data.tables.answers.grants.actions(graph, 'dynamodb:GetItem');
    data.tables.endpointStates.grants.actions(graph, 'dynamodb:UpdateItem', 'dynamodb:DeleteItem');
    data.secretsKey.grants.actions(graph, 'kms:Encrypt', 'kms:Decrypt');
    graph.addToRolePolicy(mayLimitMessages(data.tables.limits));
    this.#media.allow(graph);
    data.tables.deliveries.grants.actions(graph, 'dynamodb:Query');
    data.tables.templates.grants.actions(
      graph,
      'dynamodb:GetItem',
      'dynamodb:Query',
      'dynamodb:PutItem',
      'dynamodb:DeleteItem',
    );
    this.#mayEnqueue(graph);
    return graph;
  }

  #sessions(): PomboFunction {
    const { data, deployment, queues } = this.#props;
    const { proxies } = deployment.config;
    const sessions = this.#keyed('Sessions', 'Sessions: create, pair, start, stop, log out, delete', {
      ...tableEnvironment(data, 'sessions', 'endpoints', 'answers', 'tasks'),
      ...outboundEnvironment(queues.outbound),
      // A function's whole environment is 4 KB, and a session names a proxy by its name alone.
      ...(proxies.length === 0 ? {} : { [Env.proxies]: JSON.stringify(proxies.map(({ name }) => ({ name }))) }),
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
    sessions.addToRolePolicy(mayMarkLeases(data.tables.tasks));
    // A deleted session takes its own webhooks with it.
    data.tables.endpoints.grants.actions(sessions, 'dynamodb:Query', 'dynamodb:DeleteItem');
    this.#mayEnqueue(sessions);
    return sessions;
  }

  #webhooks(): PomboFunction {
    const { data, deployment, queues } = this.#props;
    const webhooks = this.#keyed('Webhooks', 'Webhook subscriptions', {
      ...tableEnvironment(data, 'sessions', 'endpoints', 'endpointStates', 'backlog'),
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
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
    );
    // How a webhook fares; switching it on again forgets its failures.
    data.tables.endpointStates.grants.actions(
      webhooks,
      'dynamodb:GetItem',
      'dynamodb:BatchGetItem',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
    );
    data.tables.backlog.grants.actions(webhooks, 'dynamodb:Query');
    // A test and a verification carry the headers and the signature of the webhook.
    data.secretsKey.grants.actions(webhooks, 'kms:Encrypt', 'kms:Decrypt');
    // The connectors are told that the list of webhooks changed.
    this.#mayEnqueue(webhooks);
    return webhooks;
  }

  #deliveries(): PomboFunction {
    const { data, queues } = this.#props;
    const { machine } = new Replay(this, 'Replay', this.#props);
    const deliveries = this.#keyed('Deliveries', 'What was sent to webhooks, and sending it again', {
      ...tableEnvironment(data, 'sessions', 'endpoints', 'deliveries', 'jobs'),
      ...outboundEnvironment(queues.outbound),
      [Env.replayStateMachineArn]: machine.stateMachineArn,
    });
    data.tables.sessions.grants.actions(deliveries, 'dynamodb:GetItem', 'dynamodb:Query');
    data.tables.endpoints.grants.actions(deliveries, 'dynamodb:GetItem', 'dynamodb:Query');
    data.tables.deliveries.grants.actions(deliveries, 'dynamodb:GetItem', 'dynamodb:Query');
    data.tables.jobs.grants.actions(
      deliveries,
      'dynamodb:GetItem',
      'dynamodb:Query',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
    );
    machine.grants.startExecution(deliveries);
    // Received messages that no webhook was there for are replayed by the connectors, which have them.
    this.#mayEnqueue(deliveries);
    return deliveries;
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
    // One row that each deep look writes anew: whether tables take writes shows in no other way.
    data.tables.limits.grants.actions(health, 'dynamodb:PutItem');
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

/** New sessions wake the owner of their shard by a mark on its lease; heartbeats in the same table are none of the API's business. */
const mayMarkLeases = (tasks: ITable): PolicyStatement =>
  withLeadingKeys(tasks, ['dynamodb:UpdateItem'], [`${LEASE_KEYS}*`]);

/** Token buckets, and what an Idempotency-Key stands for; other rows of the table are none of their business. */
const mayLimitMessages = (limits: ITable): PolicyStatement =>
  withLeadingKeys(
    limits,
    ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
    [
      `${LIMIT_KEYS.pair}*`,
      `${LIMIT_KEYS.session}*`,
      `${LIMIT_KEYS.apiKey}*`,
      LIMIT_KEYS.global,
      `${LIMIT_KEYS.idempotency}*`,
    ],
  );

/** Lets somebody do this with the rows whose keys are like one of these. */
const withLeadingKeys = (table: ITable, actions: string[], keys: string[]): PolicyStatement =>
  new PolicyStatement({
    actions,
    resources: [table.tableArn],
    conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys } },
  });
