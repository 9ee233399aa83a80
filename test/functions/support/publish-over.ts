import type { EventDelivery } from '#core/contracts/event.ts';
import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';
import type { DeliveryBed } from './delivery-bed.ts';

/** Publishes texts evenly over a time, chat after chat. */
export async function publishOver(
  bed: DeliveryBed,
  endpoint: EndpointRow,
  load: { readonly events: number; readonly chats: number; readonly overMs: number },
): Promise<readonly EventDelivery[]> {
  const published: EventDelivery[] = [];
  for (let index = 0; index < load.events; index++) {
    published.push(bed.publish(endpoint, { chat: `55${index % load.chats}`, body: String(index) }));
    await bed.clock.advance(load.overMs / load.events);
  }
  return published;
}
