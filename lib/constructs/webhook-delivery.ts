import { Duration } from 'aws-cdk-lib';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import {
  DefinitionBody,
  JitterType,
  QueryLanguage,
  StateMachine,
  StateMachineType,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { Env } from '#core/resource-names.ts';
import type { Deployment } from '../config/deployment.ts';
import { allowCustomerKey } from './customer-key.ts';
import type { Data } from './data.ts';
import { type Environment, tableEnvironment } from './environment.ts';
import { PomboFunction } from './pombo-function.ts';
import type { Queues } from './queues.ts';
import { DELIVER_TIMEOUT } from './timeouts.ts';

/** SQS's most for a FIFO queue. */
const BATCH_SIZE = 10;
/** What `retry-delivery` throws when the receiver has not taken the event; anything else is our own fault. */
const DELIVERY_FAILED = 'DeliveryFailed';
/** 5 s, 10 s, 20 s … 43 min after the attempt before, then each hour: 23.4 h in all, so that a receiver may be down for a day. */
const RETRIES = { interval: Duration.seconds(5), backoffRate: 2, maxDelay: Duration.hours(1), maxAttempts: 32 };
/** Not among the errors that the CDK retries by itself; a new account runs ten functions at once. */
const THROTTLED = 'Lambda.TooManyRequestsException';
/** For about a day: 1, 2, 4 … 60 s, each somewhere below, so that those who wait do not come together. */
const THROTTLED_RETRIES = {
  interval: Duration.seconds(1),
  backoffRate: 2,
  maxDelay: Duration.seconds(60),
  maxAttempts: 2880,
  jitterStrategy: JitterType.FULL,
};

export interface WebhookDeliveryProps {
  readonly deployment: Deployment;
  readonly data: Data;
  readonly queues: Queues;
}

/** First attempt in a function fed by both lanes; only what failed costs state transitions (D9). */
export class WebhookDelivery extends Construct {
  readonly retry: StateMachine;

  constructor(scope: Construct, id: string, props: WebhookDeliveryProps) {
    super(scope, id);
    const { data, deployment, queues } = props;
    const environment: Environment = {
      ...tableEnvironment(data, 'endpoints', 'deliveries'),
      [Env.secretsKeyId]: data.secretsKey.keyId,
      [Env.privateTargets]: deployment.config.privateTargets.join(','),
    };
    const retryDelivery = new PomboFunction(this, 'RetryDelivery', {
      bundle: 'retry-delivery',
      description: 'One more attempt at a webhook that failed',
      timeout: DELIVER_TIMEOUT,
      environment,
      deployment,
    });
    this.retry = this.#machine(retryDelivery);
    const deliver = new PomboFunction(this, 'Deliver', {
      bundle: 'deliver',
      description: 'First attempt at each webhook',
      timeout: DELIVER_TIMEOUT,
      environment: { ...environment, [Env.retryStateMachineArn]: this.retry.stateMachineArn },
      deployment,
    });
    for (const attempter of [deliver, retryDelivery]) {
      allowCustomerKey(deployment, attempter);
      data.tables.endpoints.grants.actions(attempter, 'dynamodb:GetItem');
      data.tables.deliveries.grants.actions(attempter, 'dynamodb:GetItem', 'dynamodb:UpdateItem');
      data.secretsKey.grants.actions(attempter, 'kms:Decrypt');
    }
    this.retry.grants.startExecution(deliver);
    for (const lane of [queues.events, queues.bulk]) {
      deliver.addEventSource(
        new SqsEventSource(lane.queue, {
          batchSize: BATCH_SIZE,
          reportBatchItemFailures: true,
          maxConcurrency: deployment.config.deliverConcurrency,
        }),
      );
    }
  }

  #machine(retryDelivery: PomboFunction): StateMachine {
    const attempt = LambdaInvoke.jsonata(this, 'DeliverAgain', {
      lambdaFunction: retryDelivery,
      outputs: '{% $states.result.Payload %}',
    });
    attempt.addRetry({ errors: [DELIVERY_FAILED], ...RETRIES });
    attempt.addRetry({ errors: [THROTTLED], ...THROTTLED_RETRIES });
    return new StateMachine(this, 'WebhookRetry', {
      stateMachineType: StateMachineType.STANDARD,
      queryLanguage: QueryLanguage.JSONATA,
      definitionBody: DefinitionBody.fromChainable(attempt),
      comment: 'Tries a failed webhook again, later and later',
    });
  }
}
