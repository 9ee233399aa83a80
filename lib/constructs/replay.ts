import { Duration } from 'aws-cdk-lib';
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  Choice,
  Condition,
  DefinitionBody,
  Fail,
  JitterType,
  QueryLanguage,
  StateMachine,
  StateMachineType,
  Succeed,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { Env } from '#core/resource-names.ts';
import type { Deployment } from '../config/deployment.ts';
import { allowCustomerKey } from './customer-key.ts';
import type { Data } from './data.ts';
import { tableEnvironment } from './environment.ts';
import { PomboFunction } from './pombo-function.ts';
import type { Queues } from './queues.ts';

/** A slice ends by itself after 20 s (functions/replay); the rest is for a slow last call. */
const SLICE_TIMEOUT = Duration.seconds(60);
/** 2, 4, 8 … 60 s: within the five minutes in which the queue knows a batch that is sent again. */
const RETRIES = {
  interval: Duration.seconds(2),
  backoffRate: 2,
  maxDelay: Duration.seconds(60),
  maxAttempts: 7,
  jitterStrategy: JitterType.FULL,
};
const PAYLOAD = '{% $states.result.Payload %}';

export interface ReplayProps {
  readonly deployment: Deployment;
  readonly data: Data;
  readonly queues: Queues;
}

/** Sends deliveries again, slice by slice, at the pace of their receivers. */
export class Replay extends Construct {
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, props: ReplayProps) {
    super(scope, id);
    const slice = this.#slice(props);
    this.machine = new StateMachine(this, 'Machine', {
      stateMachineType: StateMachineType.STANDARD,
      queryLanguage: QueryLanguage.JSONATA,
      definitionBody: DefinitionBody.fromChainable(this.#definition(slice)),
      comment: 'Sends deliveries again at the pace of their receivers',
    });
    // A policy beside the role's own: that one has to be there before the function, and the function before the machine.
    const statement = new PolicyStatement({
      actions: ['states:StartExecution'],
      resources: [this.machine.stateMachineArn],
    });
    const policy = new Policy(this, 'GoesOn', { statements: [statement] });
    if (slice.role) policy.attachToRole(slice.role);
  }

  #slice({ data, deployment, queues }: ReplayProps): PomboFunction {
    const slice = new PomboFunction(this, 'Slice', {
      bundle: 'replay',
      description: 'One slice of a replay',
      timeout: SLICE_TIMEOUT,
      environment: {
        ...tableEnvironment(data, 'endpoints', 'deliveries', 'jobs'),
        [Env.eventsQueueUrl]: queues.events.queue.queueUrl,
      },
      deployment,
    });
    allowCustomerKey(deployment, slice);
    data.tables.endpoints.grants.actions(slice, 'dynamodb:GetItem');
    data.tables.deliveries.grants.actions(slice, 'dynamodb:GetItem', 'dynamodb:Query');
    data.tables.jobs.grants.actions(slice, 'dynamodb:GetItem', 'dynamodb:UpdateItem');
    queues.events.queue.grants.actions(slice, ['sqs:SendMessage']);
    return slice;
  }

  #definition(slice: PomboFunction): LambdaInvoke {
    const next = LambdaInvoke.jsonata(this, 'SendAgain', { lambdaFunction: slice, outputs: PAYLOAD });
    const giveUp = LambdaInvoke.jsonata(this, 'GiveUp', { lambdaFunction: slice, outputs: PAYLOAD });
    const wait = Wait.jsonata(this, 'Pace', { time: WaitTime.seconds('{% $states.input.waitSeconds %}') });
    next.addRetry({ errors: ['States.ALL'], ...RETRIES });
    next.addCatch(giveUp, { outputs: '{% $merge([$states.input, { "giveUp": true }]) %}' });
    giveUp.addRetry({ errors: ['States.ALL'], ...RETRIES });
    giveUp.next(Fail.jsonata(this, 'Failed', { error: 'ReplayFailed', cause: 'A slice failed again and again' }));
    wait.next(next);
    next.next(
      Choice.jsonata(this, 'IsDone')
        .when(Condition.jsonata('{% $states.input.done %}'), Succeed.jsonata(this, 'Done'))
        .otherwise(wait),
    );
    return next;
  }
}
