import { createHash } from 'node:crypto';
import { ExecutionAlreadyExists, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { RecoveryTask, RetryTask } from '#core/contracts/delivery-task.ts';
import type { EndpointId } from '#core/domain/ids.ts';

/** Starts what goes on after this call. Names are deterministic, so whoever starts an execution again starts nothing. */
export interface Executions {
  /** @param attempts made so far: a replay of the event later has other ones, and so another name. @throws when throttled */
  retry(task: RetryTask, attempts: number): Promise<void>;
  /** @throws when throttled */
  recover(task: Pick<RecoveryTask, 'accountId' | 'endpointId' | 'generation' | 'part'>): Promise<void>;
  /** The recovery's own function can't have its machine in its environment; the machine says who it is. */
  useRecoveryMachine(arn: string): void;
}

/** Recoveries that this process knows to be started. */
const MOST_KNOWN = 1000;

export function makeExecutions(options: {
  readonly stepFunctions: SFNClient;
  readonly retryMachineArn?: string | undefined;
  /** Absent where it comes with each call. */
  readonly recoveryMachineArn?: string | undefined;
}): Executions {
  const { stepFunctions, retryMachineArn } = options;
  let { recoveryMachineArn } = options;
  const known = new Set<string>();
  const start = async (stateMachineArn: string, name: string, input: object): Promise<void> => {
    try {
      await stepFunctions.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
    } catch (error) {
      // A crash between the start and the ack, or somebody else was faster: the machine is at it already.
      if (!(error instanceof ExecutionAlreadyExists)) throw error;
    }
  };
  return {
    async retry(task, attempts) {
      if (retryMachineArn === undefined) throw new Error('no retry machine is configured');
      await start(retryMachineArn, retryNameOf(task, attempts), task);
    },
    async recover({ accountId, endpointId, generation, part }) {
      const name = recoveryNameOf({ endpointId, generation, part });
      if (known.has(name)) return;
      if (recoveryMachineArn === undefined) throw new Error('no recovery machine is configured');
      await start(recoveryMachineArn, name, { accountId, endpointId, generation, part, looks: 0, closing: false });
      known.add(name);
      const [oldest] = known;
      if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
    },
    useRecoveryMachine(arn) {
      recoveryMachineArn = arn;
    },
  };
}

/** Names may have 80 characters, and none is given twice within 90 days. */
const NAME_HASH_DIGITS = 60;

export function retryNameOf(
  { eventId, endpointId }: Pick<RetryTask, 'eventId' | 'endpointId'>,
  attempts: number,
): string {
  const hash = createHash('sha256').update(`${eventId}#${endpointId}`).digest('hex').slice(0, NAME_HASH_DIGITS);
  return `r-${hash}-${attempts}`;
}

export const recoveryNameOf = (of: { endpointId: EndpointId; generation: number; part: number }): string =>
  `e-${of.endpointId}-${of.generation}-${of.part}`;
