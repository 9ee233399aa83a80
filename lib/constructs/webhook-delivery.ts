import { Duration } from 'aws-cdk-lib';
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import {
  DefinitionBody,
  type IChainable,
  QueryLanguage,
  StateMachine,
  StateMachineType,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { Env } from '#core/resource-names.ts';
import type { Deployment } from '../config/deployment.ts';
import { allowCustomerKey } from './customer-key.ts';
import type { Data } from './data.ts';
import { type Environment, tableEnvironment } from './environment.ts';
import { allowMonitoring, monitoringEnvironment } from './monitoring.ts';
import { allowNotices, noticeEnvironment } from './notices.ts';
import { PomboFunction } from './pombo-function.ts';
import type { Queues } from './queues.ts';
import { recoveryDefinition } from './recovery-definition.ts';
import { retryDefinition } from './retry-definition.ts';
import { DELIVER_TIMEOUT } from './timeouts.ts';
import { DeadLetterQueue } from './work-queue.ts';

/** SQS's most for a FIFO queue. */
const BATCH_SIZE = 10;
/** Of the deliver function: messages, and all else. */
const LANES = 2;
/** An attempt of 30 s at most, and what is written around it (webhooks.md 3.2). */
const RETRY_TIMEOUT = Duration.seconds(60);
/** A slice of ten minutes, and the last attempt of it (webhooks.md 3.4). */
const RECOVER_TIMEOUT = Duration.minutes(11);

export interface WebhookDeliveryProps {
  readonly deployment: Deployment;
  readonly data: Data;
  readonly queues: Queues;
  readonly failures: ITopic;
}

/**
 * First attempt in a function fed by both lanes; only what failed costs state transitions (D9). What an endpoint can't take waits
 * in the backlog, and one execution an endpoint brings it out.
 */
export class WebhookDelivery extends Construct {
  /** Tries a failed webhook again. */
  readonly retry: StateMachine;
  /** Probes and drains an endpoint. */
  readonly recovery: StateMachine;
  /** Pointers to deliveries that nobody tries any more. */
  readonly deadDeliveries: DeadLetterQueue;

  readonly #props: WebhookDeliveryProps;

  constructor(scope: Construct, id: string, props: WebhookDeliveryProps) {
    super(scope, id);
    this.#props = props;
    const { queues, deployment } = props;
    this.deadDeliveries = new DeadLetterQueue(this, 'DeadDeliveries', {
      fifo: false,
      visibilityTimeout: Duration.seconds(30),
      customerKey: deployment.customerKey,
    });
    const recoverEndpoint = this.#recoverEndpoint();
    this.recovery = this.#machine(
      'EndpointRecovery',
      'Probes a webhook that fails and brings out what waits for it',
      recoveryDefinition(this, recoverEndpoint),
    );
    this.#goesOn(recoverEndpoint);
    const retryDelivery = this.#retryDelivery();
    const finalizeDelivery = this.#finalizeDelivery();
    const { queueArn, queueUrl } = this.deadDeliveries;
    // As one that is known by name only: else the machine would get a right on the customer's key with a wildcard.
    const deadDeliveries = Queue.fromQueueAttributes(this, 'DeadDeliveriesByName', { queueArn, queueUrl });
    this.retry = this.#machine(
      'WebhookRetry',
      'Tries a failed webhook again, later and later',
      retryDefinition(this, { retryDelivery, finalizeDelivery, deadDeliveries }),
    );
    allowCustomerKey(deployment, this.retry);
    this.#deliver(queues);
  }

  #machine(id: string, comment: string, definition: IChainable): StateMachine {
    return new StateMachine(this, id, {
      stateMachineType: StateMachineType.STANDARD,
      queryLanguage: QueryLanguage.JSONATA,
      definitionBody: DefinitionBody.fromChainable(definition),
      comment,
    });
  }

  #deliver(queues: Queues): void {
    const { deployment } = this.#props;
    const { deliverConcurrency } = deployment.config;
    const deliver = this.#attempter('Deliver', {
      bundle: 'deliver',
      description: 'First attempt at each webhook',
      timeout: DELIVER_TIMEOUT,
      environment: {
        [Env.retryStateMachineArn]: this.retry.stateMachineArn,
        [Env.recoveryStateMachineArn]: this.recovery.stateMachineArn,
        [Env.eventsQueueUrl]: queues.events.queue.queueUrl,
        [Env.eventsDeadLetterQueueUrl]: queues.events.deadLetterQueue.queueUrl,
        [Env.bulkQueueUrl]: queues.bulk.queue.queueUrl,
        [Env.bulkDeadLetterQueueUrl]: queues.bulk.deadLetterQueue.queueUrl,
        [Env.deliverCalls]: String(LANES * deliverConcurrency),
      },
    });
    this.retry.grants.startExecution(deliver);
    this.recovery.grants.startExecution(deliver);
    for (const table of ['deliveries', 'backlog', 'endpointStates'] as const)
      this.#props.data.tables[table].grants.actions(deliver, 'dynamodb:BatchGetItem');
    for (const lane of [queues.events, queues.bulk]) {
      // What nobody can read goes there by itself.
      lane.deadLetterQueue.grants.actions(deliver, ['sqs:SendMessage']);
      deliver.addEventSource(
        new SqsEventSource(lane.queue, {
          batchSize: BATCH_SIZE,
          reportBatchItemFailures: true,
          maxConcurrency: deliverConcurrency,
        }),
      );
    }
  }

  #retryDelivery(): PomboFunction {
    const retryDelivery = this.#attempter('RetryDelivery', {
      bundle: 'retry-delivery',
      description: 'One more attempt at a webhook that failed',
      timeout: RETRY_TIMEOUT,
      environment: { [Env.recoveryStateMachineArn]: this.recovery.stateMachineArn },
    });
    this.recovery.grants.startExecution(retryDelivery);
    this.#props.data.tables.backlog.grants.actions(retryDelivery, 'dynamodb:Query', 'dynamodb:BatchWriteItem');
    return retryDelivery;
  }

  #recoverEndpoint(): PomboFunction {
    const { data } = this.#props;
    const recoverEndpoint = this.#attempter('RecoverEndpoint', {
      bundle: 'recover-endpoint',
      description: 'Probes a webhook that failed, and brings out what waits for it',
      timeout: RECOVER_TIMEOUT,
      environment: this.#burying(),
    });
    data.tables.backlog.grants.actions(recoverEndpoint, 'dynamodb:Query', 'dynamodb:BatchWriteItem');
    data.tables.endpointStates.grants.actions(recoverEndpoint, 'dynamodb:DeleteItem');
    this.#allowBurying(recoverEndpoint);
    return recoverEndpoint;
  }

  /** A policy beside the role's own: that one has to be there before the function, and the function before the machine. */
  #goesOn(recoverEndpoint: PomboFunction): void {
    const statement = new PolicyStatement({
      actions: ['states:StartExecution'],
      resources: [this.recovery.stateMachineArn],
    });
    const policy = new Policy(this, 'RecoveryGoesOn', { statements: [statement] });
    if (recoverEndpoint.role) policy.attachToRole(recoverEndpoint.role);
  }

  #finalizeDelivery(): PomboFunction {
    const { data, deployment } = this.#props;
    const finalizeDelivery = new PomboFunction(this, 'FinalizeDelivery', {
      bundle: 'finalize-delivery',
      description: 'Ends a webhook that nobody tries any more',
      timeout: RETRY_TIMEOUT,
      environment: { ...this.#common(), ...this.#burying() },
      deployment,
    });
    allowCustomerKey(deployment, finalizeDelivery);
    data.tables.endpoints.grants.actions(finalizeDelivery, 'dynamodb:GetItem');
    data.tables.deliveries.grants.actions(finalizeDelivery, 'dynamodb:GetItem', 'dynamodb:PutItem');
    data.secretsKey.grants.actions(finalizeDelivery, 'kms:Decrypt');
    allowMonitoring(data, finalizeDelivery);
    this.#allowBurying(finalizeDelivery);
    return finalizeDelivery;
  }

  /** What everybody has to know who sends webhooks. */
  #common(): Environment {
    const { data, deployment } = this.#props;
    return {
      ...tableEnvironment(data, 'endpoints', 'deliveries', 'endpointStates', 'backlog', 'limits'),
      ...monitoringEnvironment(data),
      [Env.secretsKeyId]: data.secretsKey.keyId,
      [Env.privateTargets]: deployment.config.privateTargets.join(','),
    };
  }

  #burying(): Environment {
    const { data, failures } = this.#props;
    return { ...noticeEnvironment(data, failures), [Env.deadDeliveriesQueueUrl]: this.deadDeliveries.queueUrl };
  }

  #allowBurying(program: PomboFunction): void {
    const { data, failures } = this.#props;
    allowNotices(data, failures, program);
    this.deadDeliveries.grants.actions(program, ['sqs:SendMessage']);
  }

  /** A function that sends webhooks, and parks and settles what comes of it. */
  #attempter(
    id: string,
    props: { bundle: string; description: string; timeout: Duration; environment: Environment },
  ): PomboFunction {
    const { data, deployment } = this.#props;
    const { tables } = data;
    const attempter = new PomboFunction(this, id, {
      ...props,
      environment: { ...this.#common(), ...props.environment },
      deployment,
    });
    allowCustomerKey(deployment, attempter);
    allowMonitoring(data, attempter);
    tables.endpoints.grants.actions(attempter, 'dynamodb:GetItem', 'dynamodb:UpdateItem');
    tables.deliveries.grants.actions(attempter, 'dynamodb:GetItem', 'dynamodb:PutItem');
    tables.backlog.grants.actions(
      attempter,
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
      'dynamodb:BatchWriteItem',
    );
    tables.endpointStates.grants.actions(attempter, 'dynamodb:GetItem', 'dynamodb:UpdateItem');
    data.secretsKey.grants.actions(attempter, 'kms:Decrypt');
    return attempter;
  }
}
