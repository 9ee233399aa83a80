import { ExecutionAlreadyExists, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { ReplaySlice } from '../contracts/replay-slice.ts';

/** Begins an execution of the replay machine. One that has begun already is no error: its name is the job's. */
export async function startReplay(stepFunctions: SFNClient, slice: ReplaySlice): Promise<void> {
  try {
    await stepFunctions.send(
      new StartExecutionCommand({
        stateMachineArn: slice.machine,
        name: `${slice.jobId}-${slice.execution}`,
        input: JSON.stringify(slice),
      }),
    );
  } catch (error) {
    if (!(error instanceof ExecutionAlreadyExists)) throw error;
  }
}
