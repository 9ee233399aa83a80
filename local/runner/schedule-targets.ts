import type { LambdaHost } from '../lambda/lambda-host.ts';
import type { ScheduleTargets } from '../schedules/scheduler.ts';
import type { SnsService } from '../sns/sns-service.ts';
import type { SqsService } from '../sqs/sqs-service.ts';
import type { StepFunctions } from '../states/step-functions.ts';

export interface TargetServices {
  readonly lambda: LambdaHost;
  readonly sqs: SqsService;
  readonly sns: SnsService;
  readonly states: StepFunctions;
}

type Send = (arn: string, input: string, services: TargetServices) => unknown;

/** By the service part of the target's ARN. */
const TARGETS: ReadonlyMap<string, Send> = new Map<string, Send>([
  ['lambda', (arn, input, { lambda }) => lambda.invokeAsync(arn, input)],
  ['sqs', (arn, body, { sqs }) => sqs.send(arn.split(':')[5] ?? '', { body, senderId: 'events.amazonaws.com' })],
  ['sns', (arn, message, { sns }) => sns.publish(arn, { message })],
  ['states', (arn, input, { states }) => states.startExecution({ stateMachineArn: arn, input })],
]);

/** What schedules and rules may call: functions, queues, topics and state machines. */
export function scheduleTargets(services: TargetServices): ScheduleTargets {
  return {
    async invoke({ schedule, input }) {
      const send = TARGETS.get(schedule.targetArn.split(':')[2] ?? '');
      if (!send) throw new Error(`Schedules can't call ${schedule.targetArn} on one machine.`);
      send(schedule.targetArn, input, services);
    },
  };
}
