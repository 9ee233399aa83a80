import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { EventDelivery } from '../../contracts/event.ts';
import { type BlockRow, BlockRowSchema } from '../../contracts/rows/backlog-row.ts';
import { type DeliveryRow, DeliveryRowSchema } from '../../contracts/rows/delivery-row.ts';
import { type EndpointStateRow, EndpointStateRowSchema } from '../../contracts/rows/endpoint-state-row.ts';
import { type Clock, sleep } from '../../domain/clock.ts';
import { blockPositionOf } from '../../domain/delivery/backlog-keys.ts';
import type { EndpointId } from '../../domain/ids.ts';
import { TableKeys } from '../../resource-names.ts';
import { deliveryKeyOf } from './delivery-repository.ts';

/** What a batch has to know before it delivers. */
export interface Question {
  readonly deliveries: readonly EventDelivery[];
  readonly chats: readonly { readonly lane: string; readonly chat: string }[];
  readonly endpointIds: readonly EndpointId[];
}

/** Answers of one strongly consistent read. */
export interface Answer {
  delivery(delivery: EventDelivery): DeliveryRow | undefined;
  block(lane: string, chat: string): BlockRow | undefined;
  state(endpointId: EndpointId): EndpointStateRow | undefined;
}

/** Reads deliveries, blocked chats and states of endpoints together: one BatchGetItem for each hundred. */
export interface DeliveryLookup {
  /** @throws when DynamoDB does not answer for all of it: then nothing may be sent */
  look(question: Question): Promise<Answer>;
}

export interface DeliveryLookupOptions {
  readonly dynamo: DynamoDBDocumentClient;
  readonly deliveriesTable: string;
  readonly backlogTable: string;
  readonly endpointStatesTable: string;
  readonly clock: Clock;
}

/** Most keys of one BatchGetItem (DynamoDB API reference). */
const MOST_KEYS = 100;
/** A throttled table leaves keys unanswered; they are asked for again this often, 50 ms later and then twice as late each time. */
const MOST_REPEATS = 5;
const REPEAT_AFTER_MS = 50;

interface Wanted {
  readonly table: string;
  readonly key: Readonly<Record<string, string>>;
}
type Rows = Map<string, Record<string, unknown>>;

export function makeDeliveryLookup(options: DeliveryLookupOptions): DeliveryLookup {
  const { dynamo, clock, deliveriesTable, backlogTable, endpointStatesTable } = options;
  const ofDelivery = (delivery: EventDelivery): Wanted => ({ table: deliveriesTable, key: deliveryKeyOf(delivery) });
  const ofBlock = (lane: string, chat: string): Wanted => ({
    table: backlogTable,
    key: { lane, position: blockPositionOf(chat) },
  });
  const ofState = (endpointId: EndpointId): Wanted => ({ table: endpointStatesTable, key: { endpointId } });

  const read = async (wanted: readonly Wanted[], into: Rows): Promise<void> => {
    let left: Record<string, { Keys: Record<string, string>[]; ConsistentRead: true }> = {};
    for (const { table, key } of wanted) (left[table] ??= { Keys: [], ConsistentRead: true }).Keys.push(key);
    for (let repeat = 0; ; repeat++) {
      const { Responses = {}, UnprocessedKeys = {} } = await dynamo.send(new BatchGetCommand({ RequestItems: left }));
      for (const [table, items] of Object.entries(Responses)) {
        for (const item of items) into.set(nameOf(table, keyIn(item, keysOf[table] ?? [])), item);
      }
      if (Object.keys(UnprocessedKeys).length === 0) return;
      if (repeat === MOST_REPEATS) throw new Error('DynamoDB left keys of a batch unread');
      left = UnprocessedKeys as typeof left;
      await sleep(clock, REPEAT_AFTER_MS * 2 ** repeat);
    }
  };
  const keysOf: Readonly<Record<string, readonly string[]>> = {
    [deliveriesTable]: Object.values(TableKeys.deliveries),
    [backlogTable]: Object.values(TableKeys.backlog),
    [endpointStatesTable]: Object.values(TableKeys.endpointStates),
  };

  return {
    async look({ deliveries, chats, endpointIds }) {
      const all = [
        ...deliveries.map(ofDelivery),
        ...chats.map(({ lane, chat }) => ofBlock(lane, chat)),
        ...endpointIds.map(ofState),
      ];
      const wanted = [...new Map(all.map((one) => [nameOf(one.table, one.key), one])).values()];
      const rows: Rows = new Map();
      for (let first = 0; first < wanted.length; first += MOST_KEYS)
        await read(wanted.slice(first, first + MOST_KEYS), rows);
      const find = ({ table, key }: Wanted) => rows.get(nameOf(table, key));
      return {
        delivery: (delivery) => DeliveryRowSchema.optional().parse(find(ofDelivery(delivery))),
        block: (lane, chat) => BlockRowSchema.optional().parse(find(ofBlock(lane, chat))),
        state: (endpointId) => EndpointStateRowSchema.optional().parse(find(ofState(endpointId))),
      };
    },
  };
}

const keyIn = (item: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, String(item[name])]));

/** One text per table and key, whatever order its parts come in. */
const nameOf = (table: string, key: Readonly<Record<string, string>>): string =>
  JSON.stringify([table, ...Object.entries(key).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
