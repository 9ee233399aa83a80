import { Duration } from 'aws-cdk-lib';
import { type IChainable, TaskInput, Timeout, Wait, WaitTime } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import type { PomboFunction } from './pombo-function.ts';
import { caughtOnly, FAULT_RETRY, THROTTLED_RETRY, THROWN } from './state-retries.ts';

/** What `recover-endpoint` throws to be asked again. */
const RETRY_LATER = 'RetryLater';
/** Longer than the function may take. */
const TASK_TIMEOUT = Duration.minutes(12);

/**
 * Look → wait → look …: two transitions a look (webhooks.md 3.4). A look probes the endpoint, drains its backlog for ten minutes at
 * most, or closes its breaker; after a thousand the function starts the next execution.
 */
export function recoveryDefinition(scope: Construct, recoverEndpoint: PomboFunction): IChainable {
  const look = LambdaInvoke.jsonata(scope, 'Look', {
    lambdaFunction: recoverEndpoint,
    // The function that the machine names can't name the machine in its environment.
    payload: TaskInput.fromText('{% $merge([$states.input, { "machineArn": $states.context.StateMachine.Id }]) %}'),
    outputs: '{% $states.result.Payload %}',
    taskTimeout: Timeout.duration(TASK_TIMEOUT),
  });
  const wait = Wait.jsonata(scope, 'WaitForEndpoint', { time: WaitTime.seconds('{% $states.input.waitSeconds %}') });
  look.addRetry(caughtOnly(RETRY_LATER));
  look.addRetry(THROTTLED_RETRY);
  look.addRetry(FAULT_RETRY);
  look.addCatch(wait, {
    errors: [RETRY_LATER],
    outputs: `{% $merge([$states.input, ${THROWN}, { "looks": $states.input.looks + 1 }]) %}`,
  });
  wait.next(look);
  return look;
}
