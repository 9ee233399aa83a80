import {
  BatchWriteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { type BacklogRow, BacklogRowSchema, type BlockRow } from '../../contracts/rows/backlog-row.ts';
import type { Clock } from '../../domain/clock.ts';
import { BEFORE_ROWS, lanesOf } from '../../domain/delivery/backlog-keys.ts';
import type { EndpointId } from '../../domain/ids.ts';
import { chatBlocks } from './chat-blocks.ts';
import { unlessRefused } from './unless-refused.ts';

type Key = Pick<BacklogRow, 'lane' | 'position'>;
const NAMES = { '#lane': 'lane', '#position': 'position' };

/** Rows of a lane or a chat in order; `next` is where to go on, absent at the end. */
export interface BacklogPage {
  readonly rows: readonly BacklogRow[];
  readonly next?: string;
}

/**
 * Deliveries that wait (D5). A chat whose order is kept has a block as long as it has rows. Who appends puts the row first and looks
 * at the block second; who removes the block holds it first and looks for rows second: one of them sees the other.
 */
export interface BacklogRepository {
  /** Makes a block. @returns false if the chat has one already */
  block(lane: string, chat: string, block: Pick<BlockRow, 'endpointId' | 'eventId' | 'dueAtMs'>): Promise<boolean>;
  blockOf(lane: string, chat: string): Promise<BlockRow | undefined>;
  /** Parks a row of no chat, or the one that its chat's block was made for. Writing a row again changes nothing. */
  put(row: BacklogRow): Promise<void>;
  /** Parks a row behind its chat's block. @returns false if the block is gone: the row is not parked then, and the chat is free */
  append(row: BacklogRow, chat: string): Promise<boolean>;
  /** A lane's rows behind `after`, strongly consistent. */
  page(lane: string, limit: number, after?: string): Promise<BacklogPage>;
  /** A chat's rows, strongly consistent. */
  chatPage(lane: string, chat: string, limit: number): Promise<BacklogPage>;
  /** Chats of a lane that are blocked. */
  blockedChats(lane: string): Promise<readonly BlockRow[]>;
  /** How many rows an endpoint has, counted to `most`. */
  count(endpointId: EndpointId, most: number): Promise<number>;
  get(key: Key): Promise<BacklogRow | undefined>;
  remove(keys: readonly Key[]): Promise<void>;
  /** Not to be tried before then. */
  postpone(key: Key, notBeforeMs: number): Promise<void>;
  /** Takes the right to deliver a chat, or keeps it. @returns false if another has it, or there is no block */
  hold(lane: string, chat: string, holder: { readonly token: string; readonly untilMs: number }): Promise<boolean>;
  /** Gives the right back and says when the chat is looked at next. */
  release(lane: string, chat: string, token: string, dueAtMs: number): Promise<void>;
  /** Frees a chat whose rows are gone. @returns false if a row came in meanwhile, or another holds it now: look again */
  unblock(lane: string, chat: string, token: string): Promise<boolean>;
}

/** Most items of one BatchWriteItem (DynamoDB API reference). */
const MOST_WRITES = 25;
/** A throttled table leaves deletes undone; more repeats than that are an error. */
const MOST_REPEATS = 8;

export interface BacklogOptions {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly clock: Clock;
}

export function makeBacklogRepository(options: BacklogOptions): BacklogRepository {
  const rows = backlogRows(options);
  const blocks = chatBlocks(options);
  return {
    ...rows,
    ...blocks.repository,
    async append(row, chat) {
      await rows.put(row);
      const block = await blocks.repository.blockOf(row.lane, chat);
      if (block && (block.heldBy === undefined || (await blocks.markDirty(row.lane, chat)))) return true;
      await rows.remove([row]);
      return false;
    },
  };
}

type RowActions = Pick<BacklogRepository, 'chatPage' | 'count' | 'get' | 'page' | 'postpone' | 'put' | 'remove'>;

function backlogRows({ dynamo, tableName: TableName }: BacklogOptions): RowActions {
  const query = async (lane: string, range: { from: string; to: string }, limit: number): Promise<BacklogPage> => {
    const { Items = [], LastEvaluatedKey } = await dynamo.send(
      new QueryCommand({
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: '#lane = :lane AND #position BETWEEN :from AND :to',
        ExpressionAttributeNames: NAMES,
        ExpressionAttributeValues: { ':lane': lane, ':from': range.from, ':to': range.to },
        Limit: limit,
      }),
    );
    const rows = Items.map((item) => BacklogRowSchema.parse(item));
    return { rows, ...(LastEvaluatedKey && { next: String(LastEvaluatedKey['position']) }) };
  };
  return {
    put: async (row) => void (await dynamo.send(new PutCommand({ TableName, Item: row }))),
    remove: (keys) => removeAll(dynamo, TableName, keys),
    page: (lane, limit, after = BEFORE_ROWS) => query(lane, { from: `${after}\u0000`, to: '\u007f' }, limit),
    chatPage: (lane, chat, limit) => query(lane, { from: `${chat}#`, to: `${chat}$` }, limit),
    async count(endpointId, most) {
      let rows = 0;
      for (const lane of lanesOf(endpointId)) {
        const { Count = 0 } = await dynamo.send(
          new QueryCommand({
            TableName,
            Select: 'COUNT',
            KeyConditionExpression: '#lane = :lane AND #position > :rows',
            ExpressionAttributeNames: NAMES,
            ExpressionAttributeValues: { ':lane': lane, ':rows': BEFORE_ROWS },
            Limit: most - rows,
          }),
        );
        rows += Count;
        if (rows >= most) return most;
      }
      return rows;
    },
    async get({ lane, position }) {
      const { Item } = await dynamo.send(new GetCommand({ TableName, Key: { lane, position }, ConsistentRead: true }));
      return BacklogRowSchema.optional().parse(Item);
    },
    async postpone({ lane, position }, notBeforeMs) {
      await unlessRefused(
        dynamo.send(
          new UpdateCommand({
            TableName,
            Key: { lane, position },
            UpdateExpression: 'SET notBeforeMs = :then',
            ConditionExpression: 'attribute_exists(lane)',
            ExpressionAttributeValues: { ':then': notBeforeMs },
          }),
        ),
      );
    },
  };
}

async function removeAll(dynamo: DynamoDBDocumentClient, table: string, keys: readonly Key[]): Promise<void> {
  for (let first = 0; first < keys.length; first += MOST_WRITES) {
    const some = keys.slice(first, first + MOST_WRITES);
    let left = some.map(({ lane, position }) => ({ DeleteRequest: { Key: { lane, position } } }));
    for (let repeat = 0; left.length > 0; repeat++) {
      if (repeat === MOST_REPEATS) throw new Error('DynamoDB left rows of the backlog');
      const { UnprocessedItems = {} } = await dynamo.send(new BatchWriteCommand({ RequestItems: { [table]: left } }));
      left = (UnprocessedItems[table] ?? []) as typeof left;
    }
  }
}
