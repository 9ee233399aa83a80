import type { Context } from 'aws-lambda';
import { RetryTaskSchema } from '#core/contracts/delivery-task.ts';
import { loadConfig } from '../shared/config.ts';
import { makeDeliveryDependencies } from '../shared/delivery/delivery-dependencies.ts';
import { Exhausted, RetryLater } from '../shared/delivery/retry-later.ts';
import { trackingSettled } from '../shared/error-tracking.ts';
import { logger } from '../shared/logger.ts';
import { type RetryOutcome, retryDelivery } from './retry-delivery.ts';

const { recoveryStateMachineArn } = loadConfig('recoveryStateMachineArn');
const dependencies = makeDeliveryDependencies({ recoveryMachineArn: recoveryStateMachineArn });

/** One more attempt, asked for by the retry machine. What it throws tells the machine what comes next. */
export const handler = async (input: unknown, context: Context): Promise<{ readonly outcome: RetryOutcome }> => {
  const task = RetryTaskSchema.parse(input);
  try {
    const outcome = await retryDelivery(dependencies, task, {
      token: context.awsRequestId,
      remainingMs: () => context.getRemainingTimeInMillis(),
    });
    return { outcome };
  } catch (error) {
    if (!(error instanceof RetryLater || error instanceof Exhausted))
      logger.error('delivery not tried again', { eventId: task.eventId, error: error as Error });
    throw error;
  } finally {
    await dependencies.monitor.flush();
    await trackingSettled();
  }
};
