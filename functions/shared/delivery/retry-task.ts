import { deliveryKeyOf } from '#core/adapters/dynamodb/delivery-repository.ts';
import type { RetryTask } from '#core/contracts/delivery-task.ts';
import type { Item } from './park-delivery.ts';

/** What the retry machine has to know of a delivery. */
export function retryTaskOf(
  { delivery, endpoint, place }: Pick<Item, 'delivery' | 'endpoint' | 'place'>,
  waitSeconds: number,
): RetryTask {
  const { event, replay } = delivery;
  const { chat, lane } = place;
  return {
    accountId: endpoint.accountId,
    endpointId: endpoint.endpointId,
    eventId: event.eventId,
    ...deliveryKeyOf(delivery),
    ...(replay !== undefined && { replay }),
    ...(chat !== undefined && { blocked: { lane, chat } }),
    waitSeconds,
  };
}
