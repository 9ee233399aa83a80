import { EventDeliverySchema } from '#core/contracts/event.ts';
import { attemptDelivery } from '../shared/attempt-delivery.ts';
import { makeDeliveryDependencies } from '../shared/delivery-dependencies.ts';
import { trackingSettled } from '../shared/error-tracking.ts';
import { logger } from '../shared/logger.ts';

const dependencies = makeDeliveryDependencies();

/** The state machine's `Retry` waits for an error of this name. */
export class DeliveryFailed extends Error {
  override readonly name = 'DeliveryFailed';
  // Lambda logs what a function throws. This one is expected, and where it came from tells nobody anything.
  override readonly stack = undefined;
}

/**
 * One more attempt, asked for by the retry machine with the delivery as its input.
 * @throws DeliveryFailed when the endpoint did not take it; another error when nothing is known
 */
export const handler = async (input: unknown): Promise<{ readonly outcome: 'delivered' | 'dropped' }> => {
  const delivery = EventDeliverySchema.parse(input);
  const outcome = await attemptDelivery(dependencies, delivery).catch(async (error: unknown) => {
    logger.error('delivery not tried again', { eventId: delivery.event.eventId, error: error as Error });
    await trackingSettled();
    throw error;
  });
  if (outcome === 'failed') throw new DeliveryFailed(`event ${delivery.event.eventId} was not taken`);
  return { outcome };
};
