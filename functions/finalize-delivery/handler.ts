import { DeadTaskSchema } from '#core/contracts/delivery-task.ts';
import { makeBuryDependencies } from '../shared/delivery/bury-dependencies.ts';
import { makeDeliveryDependencies } from '../shared/delivery/delivery-dependencies.ts';
import { trackingSettled } from '../shared/error-tracking.ts';
import { logger } from '../shared/logger.ts';
import { finalizeDelivery } from './finalize-delivery.ts';

const dependencies = { ...makeDeliveryDependencies(), ...makeBuryDependencies() };

/** Asked for by the retry machine. What it throws lets the machine tell the queue of dead deliveries by itself. */
export const handler = async (input: unknown): Promise<{ readonly ended: string }> => {
  const task = DeadTaskSchema.parse(input);
  try {
    return await finalizeDelivery(dependencies, task);
  } catch (error) {
    logger.error('delivery not finalized', { eventId: task.eventId, error: error as Error });
    throw error;
  } finally {
    await dependencies.monitor.flush();
    await trackingSettled();
  }
};
