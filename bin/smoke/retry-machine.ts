import { randomBytes, randomUUID } from 'node:crypto';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { EventDelivery } from '#core/contracts/event.ts';
import { sleep } from '#core/domain/clock.ts';
import { eventIdOf } from '#core/domain/event-id.ts';
import { newEndpointId, newSessionId, newSessionUid } from '#core/domain/ids.ts';
import { type Check, type Deployed, failed, held, outputOf } from './check.ts';

const LOOK_EVERY_MS = 500;
const GIVE_UP_MS = 60_000;
/** What `retry-delivery` returns for a webhook that is gone, through the machine's JSONata expression. */
const DROPPED = JSON.stringify({ outcome: 'dropped' });

/** An event for a webhook that never was: the machine runs its one state and its JSONata, and nobody is called. */
function deliveryToNobody({ accountId, clock }: Deployed): EventDelivery {
  const sessionUid = newSessionUid(randomBytes);
  return {
    endpointId: newEndpointId(randomBytes),
    event: {
      version: 1,
      type: 'session',
      eventId: eventIdOf(sessionUid, 'smoke'),
      accountId,
      sessionId: newSessionId(randomBytes),
      sessionUid,
      displayPhoneNumber: '',
      occurredAtMs: clock.now(),
      status: 'stopped',
    },
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
        input: JSON.stringify(deliveryToNobody(deployed)),
      }),
    );
    const deadlineMs = clock.monotonic() + GIVE_UP_MS;
    for (;;) {
      const { status, output, error, cause } = await states.send(new DescribeExecutionCommand({ executionArn }));
      if (status === 'SUCCEEDED')
        return output === DROPPED ? held(`it ended with ${output}`) : failed(`it ended with ${output}, not ${DROPPED}`);
      if (status !== 'RUNNING') return failed(`it ended ${status}: ${error ?? ''} ${cause ?? ''}`);
      if (clock.monotonic() > deadlineMs) return failed('it still runs after a minute');
      await sleep(clock, LOOK_EVERY_MS);
    }
  },
};
