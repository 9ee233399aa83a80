import type { SQSRecord } from 'aws-lambda';
import { type EventDelivery, EventDeliverySchema } from '#core/contracts/event.ts';
import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';
import { placeOf } from '#core/domain/delivery/backlog-keys.ts';
import type { EndpointId } from '#core/domain/ids.ts';
import type { Item } from '../shared/delivery/park-delivery.ts';
import { fieldsOf } from '../shared/delivery/post-webhook.ts';
import { logger } from '../shared/logger.ts';
import { readOrProblems } from '../shared/read-record.ts';
import { type BatchState, blockKeyOf, type DeliverDependencies, deliverItem, dropped } from './deliver-item.ts';

type Prepared =
  | { readonly delivery: EventDelivery; readonly endpoint: EndpointRow | undefined }
  | { readonly problems: readonly string[] };

/**
 * Reads what a batch has to know, once for all of it.
 * @returns what runs one record of it
 * @throws where DynamoDB does not answer: without its rows nothing may be sent
 */
export async function prepareBatch(
  dependencies: DeliverDependencies,
  records: readonly SQSRecord[],
  batch: BatchState,
): Promise<(record: SQSRecord) => Promise<void>> {
  const prepared = new Map<SQSRecord, Prepared>();
  await Promise.all(
    records.map(async (record) => {
      const read = readOrProblems(EventDeliverySchema, record);
      if ('problems' in read) return void prepared.set(record, read);
      const delivery = read.value;
      const endpoint = await dependencies.cache.endpoint(delivery.event.accountId, delivery.endpointId);
      prepared.set(record, { delivery, endpoint });
    }),
  );
  const items = await lookUp(dependencies, prepared, batch);
  return async (record) => {
    const known = prepared.get(record);
    if (!known) throw new Error('a record of another batch');
    if ('problems' in known) return await dependencies.unreadable.put(record, known.problems.join(', '));
    const { delivery } = known;
    const item = items.get(record);
    try {
      if (item) await deliverItem(dependencies, item, batch);
      else dropped(dependencies, delivery);
    } catch (error) {
      logger.error('delivery returned to the queue', { ...fieldsOf(delivery), error: error as Error });
      throw error;
    }
  };
}

async function lookUp(
  { lookup, vitals }: DeliverDependencies,
  prepared: ReadonlyMap<SQSRecord, Prepared>,
  batch: BatchState,
): Promise<ReadonlyMap<SQSRecord, Item>> {
  const found = [...prepared].flatMap(([record, known]) => {
    if ('problems' in known || !known.endpoint) return [];
    const { delivery, endpoint } = known;
    return [
      [record, { delivery, endpoint, place: placeOf(endpoint, delivery.event), order: orderOf(record) }] as const,
    ];
  });
  if (found.length === 0) return new Map();
  const endpointIds = new Set(found.map(([, { endpoint }]) => endpoint.endpointId));
  for (const endpointId of endpointIds) batch.seen(endpointId);
  const stale: EndpointId[] = [...endpointIds].filter((endpointId) => !vitals.isFresh(endpointId));
  const answer = await lookup.look({
    deliveries: found.map(([, { delivery }]) => delivery),
    chats: found.flatMap(([, { place }]) => (place.chat === undefined ? [] : [{ lane: place.lane, chat: place.chat }])),
    endpointIds: stale,
  });
  for (const endpointId of stale) vitals.learn(endpointId, answer.state(endpointId));
  return new Map(
    found.map(([record, item]) => {
      const { chat, lane } = item.place;
      const block = chat === undefined ? undefined : answer.block(lane, chat);
      if (block) batch.blocks.set(blockKeyOf(item), block);
      return [record, { ...item, previous: answer.delivery(item.delivery) }];
    }),
  );
}

/** Order of arrival: SQS numbers what is in a FIFO queue, and says of everything when it was sent. */
const orderOf = ({ attributes }: SQSRecord): string => attributes.SequenceNumber ?? attributes.SentTimestamp;
