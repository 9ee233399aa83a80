import { createHash } from 'node:crypto';
import { ExecutionAlreadyExists, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { EventDelivery } from '#core/contracts/event.ts';

/** Hands a delivery that failed to the retry machine; its input is the delivery itself. */
export type StartRetry = (delivery: EventDelivery) => Promise<void>;

export function makeStartRetry(options: {
  readonly stepFunctions: SFNClient;
  readonly stateMachineArn: string;
}): StartRetry {
  const { stepFunctions, stateMachineArn } = options;
  return async (delivery) => {
    try {
      await stepFunctions.send(
        new StartExecutionCommand({
          stateMachineArn,
          name: retryNameOf(delivery),
          input: JSON.stringify(delivery),
        }),
      );
    } catch (error) {
      // A crash between the start and the ack, or a second emission of the event: the machine is at it already.
      if (!(error instanceof ExecutionAlreadyExists)) throw error;
    }
  };
}

/** One execution per event and endpoint, whoever starts it. Names may have 80 characters. */
export function retryNameOf({ event, endpointId }: EventDelivery): string {
  const hash = createHash('sha256').update(`${event.eventId}#${endpointId}`).digest('hex');
  return `r-${hash}`;
}
