import { randomBytes, randomUUID } from 'node:crypto';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { deliveryKeyOf } from '#core/adapters/dynamodb/delivery-repository.ts';
import type { RetryTask } from '#core/contracts/delivery-task.ts';
import type { Event } from '#core/contracts/event.ts';
import { sleep } from '#core/domain/clock.ts';
import { eventIdOf } from '#core/domain/event-id.ts';
import { newEndpointId, newSessionId, newSessionUid } from '#core/domain/ids.ts';
import { type Check, type Deployed, failed, held, outputOf } from './check.ts';

const LOOK_EVERY_MS = 500;
const GIVE_UP_MS = 60_000;
/** What `retry-delivery` returns for a webhook that is gone, through the machine's JSONata expression. */
const GONE = JSON.stringify({ outcome: 'gone' });

/** A retry for a webhook that never was: the machine waits, runs its function and its JSONata, and nobody is called. */
function retryForNobody({ accountId, clock }: Deployed): RetryTask {
  const sessionUid = newSessionUid(randomBytes);
  const endpointId = newEndpointId(randomBytes);
  const event: Event = {
    version: 1,
    type: 'session',
    eventId: eventIdOf(sessionUid, 'smoke'),
    accountId,
    sessionId: newSessionId(randomBytes),
    sessionUid,
    displayPhoneNumber: '',
    occurredAtMs: clock.now(),
    status: 'stopped',
  };
  return {
    accountId,
    endpointId,
    eventId: event.eventId,
    ...deliveryKeyOf({ endpointId, event }),
    waitSeconds: 0,
  };
}

export const retryMachine: Check = {
  name: "Step Functions runs the retry machine's JSONata",
  async run(deployed) {
    const { clock, target } = deployed;
    const states = new SFNClient(target.aws);
    const { executionArn } = await states.send(
      new StartExecutionCommand({
        stateMachineArn: outputOf(deployed, 'RetryStateMachine'),
        name: `smoke-${randomUUID()}`,
        input: JSON.stringify(retryForNobody(deployed)),
      }),
    );
    const deadlineMs = clock.monotonic() + GIVE_UP_MS;
    for (;;) {
      const { status, output, error, cause } = await states.send(new DescribeExecutionCommand({ executionArn }));
      if (status === 'SUCCEEDED')
        return output === GONE ? held(`it ended with ${output}`) : failed(`it ended with ${output}, not ${GONE}`);
      if (status !== 'RUNNING') return failed(`it ended ${status}: ${error ?? ''} ${cause ?? ''}`);
      if (clock.monotonic() > deadlineMs) return failed('it still runs after a minute');
      await sleep(clock, LOOK_EVERY_MS);
    }
  },
};
