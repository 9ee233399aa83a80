import { Duration } from 'aws-cdk-lib';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { type IChainable, TaskInput, Timeout, Wait, WaitTime } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke, SqsSendMessage } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import type { PomboFunction } from './pombo-function.ts';
import { caughtOnly, FAULT_RETRY, THROTTLED_RETRY, THROWN } from './state-retries.ts';

/** What `retry-delivery` throws to be asked again. */
const RETRY_LATER = 'RetryLater';
/** What `retry-delivery` throws to have a delivery finalized. */
const EXHAUSTED = 'Exhausted';
/** Longer than the functions may take, so that a lost answer is noticed. */
const TASK_TIMEOUT = Duration.seconds(90);
const INPUT = '$states.context.Execution.Input';

export interface RetryParts {
  readonly retryDelivery: PomboFunction;
  readonly finalizeDelivery: PomboFunction;
  readonly deadDeliveries: IQueue;
}

/**
 * Wait → attempt → … → finalize: two transitions an attempt (webhooks.md 3.4). The function decides what comes next, so that
 * `Retry-After`, jitter and schedules of endpoints need no other machine. A delivery whose end can't be written goes to the queue
 * of dead deliveries all the same.
 */
export function retryDefinition(scope: Construct, parts: RetryParts): IChainable {
  const { deadDeliveries, finalizeDelivery, retryDelivery } = parts;
  const wait = Wait.jsonata(scope, 'Wait', { time: WaitTime.seconds('{% $states.input.waitSeconds %}') });
  const attempt = LambdaInvoke.jsonata(scope, 'DeliverAgain', {
    lambdaFunction: retryDelivery,
    outputs: '{% $states.result.Payload %}',
    taskTimeout: Timeout.duration(TASK_TIMEOUT),
  });
  const finalize = LambdaInvoke.jsonata(scope, 'Finalize', {
    lambdaFunction: finalizeDelivery,
    outputs: `{% $merge([${INPUT}, $states.result.Payload]) %}`,
    taskTimeout: Timeout.duration(TASK_TIMEOUT),
  });
  const tell = SqsSendMessage.jsonata(scope, 'TellDead', {
    queue: deadDeliveries,
    messageBody: TaskInput.fromText('{% $string($states.input) %}'),
    outputs: `{% $merge([${INPUT}, { "ended": $exists($states.input.position) ? $states.input.position : "" }]) %}`,
  });
  attempt.addRetry(caughtOnly(RETRY_LATER, EXHAUSTED));
  attempt.addRetry(THROTTLED_RETRY);
  attempt.addRetry(FAULT_RETRY);
  attempt.addCatch(wait, { errors: [RETRY_LATER], outputs: `{% $merge([${INPUT}, ${THROWN}]) %}` });
  attempt.addCatch(finalize, { errors: [EXHAUSTED], outputs: `{% ${THROWN} %}` });
  finalize.addRetry(THROTTLED_RETRY);
  finalize.addRetry({ ...FAULT_RETRY, maxAttempts: 8 });
  finalize.addCatch(tell, { outputs: '{% $states.input %}' });
  tell.addRetry(FAULT_RETRY);
  wait.next(attempt);
  finalize.next(attempt);
  tell.next(attempt);
  return wait;
}
