import type { DeliveryRepository } from '#core/adapters/dynamodb/delivery-repository.ts';
import { readStoredEvent } from '#core/adapters/dynamodb/stored-event.ts';
import type { DeadTask } from '#core/contracts/delivery-task.ts';
import { type BuryDependencies, bury } from '../shared/delivery/bury-delivery.ts';
import type { EndpointCache } from '../shared/delivery/endpoint-cache.ts';

export interface FinalizeDependencies extends BuryDependencies {
  readonly cache: EndpointCache;
  readonly deliveries: DeliveryRepository;
}

/**
 * Ends a delivery that nobody tries any more; a second call does nothing.
 * @returns what the machine tells the next attempt: the row of the backlog that can go
 */
export async function finalizeDelivery(
  dependencies: FinalizeDependencies,
  task: DeadTask,
): Promise<{ readonly ended: string }> {
  const { accountId, endpointId, error, position = '', reason } = task;
  const previous = await dependencies.deliveries.get(task);
  const event = previous?.event && readStoredEvent(previous.event);
  const endpoint = await dependencies.cache.endpoint(accountId, endpointId);
  if (event && endpoint)
    await bury(dependencies, { delivery: { endpointId, event }, endpoint, previous, reason, error });
  return { ended: position };
}
