import type { Context } from 'aws-lambda';
import { RecoveryTaskSchema } from '#core/contracts/delivery-task.ts';
import { makeBuryDependencies } from '../shared/delivery/bury-dependencies.ts';
import { makeDeliveryDependencies } from '../shared/delivery/delivery-dependencies.ts';
import { RetryLater } from '../shared/delivery/retry-later.ts';
import { trackingSettled } from '../shared/error-tracking.ts';
import { logger } from '../shared/logger.ts';
import { type RecoveryOutcome, recoverEndpoint } from './recover-endpoint.ts';

const dependencies = { ...makeDeliveryDependencies(), ...makeBuryDependencies() };

/** One look at an endpoint with a backlog, asked for by the recovery machine. What it throws tells the machine when to look again. */
export const handler = async (input: unknown, context: Context): Promise<{ readonly outcome: RecoveryOutcome }> => {
  const task = RecoveryTaskSchema.parse(input);
  dependencies.executions.useRecoveryMachine(task.machineArn);
  try {
    const outcome = await recoverEndpoint(dependencies, task, {
      token: context.awsRequestId,
      remainingMs: () => context.getRemainingTimeInMillis(),
    });
    return { outcome };
  } catch (error) {
    if (!(error instanceof RetryLater))
      logger.error('endpoint not looked at', { endpointId: task.endpointId, error: error as Error });
    throw error;
  } finally {
    await dependencies.monitor.flush();
    await trackingSettled();
  }
};
