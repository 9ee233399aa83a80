import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
} from '@aws-sdk/client-dynamodb';
import type { SessionUid } from '#core/domain/ids.ts';
import { TableKeys, TTL_ATTRIBUTE } from '#core/resource-names.ts';
import type { Tenure } from '../shards/tenure.ts';

/** One row of the ledger: its name within the session and its packed value. */
export interface AuthEntry {
  readonly name: string;
  /** Nothing where the row was removed. */
  readonly value: Uint8Array;
  /** When DynamoDB takes it away, seconds since the epoch. @default never */
  readonly expiresAtS?: number;
}

/** Entries whose names sort below a string, or begin with one. */
export type NameRange = { readonly below: string } | { readonly prefix: string };

/** A newer owner of the session has written this row: nothing that this task knows of it counts any more. */
export class OvertakenError extends Error {
  override readonly name = 'OvertakenError';
}

/**
 * The auth state table. Rows are written one by one, never in a BatchWrite: the price is the same, and the owner's epoch
 * is a condition on every write (D6), which batches don't take.
 */
export interface AuthTable {
  get(sessionUid: SessionUid, name: string): Promise<Uint8Array | undefined>;
  /** A few in one call, strongly consistent; those that are missing are left out. @throws Error when DynamoDB left some unread */
  getMany(sessionUid: SessionUid, names: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>;
  /** All entries of a range of names, strongly consistent, in name order. */
  list(sessionUid: SessionUid, range: NameRange): Promise<readonly AuthEntry[]>;
  /** Names only. */
  names(sessionUid: SessionUid, range: NameRange): Promise<readonly string[]>;
  /** @throws OvertakenError */
  put(sessionUid: SessionUid, entry: AuthEntry): Promise<void>;
  /** @throws OvertakenError */
  remove(sessionUid: SessionUid, name: string): Promise<void>;
}

const { pk, sk } = TableKeys.authState;
const VALUE = 'v';
/** Of the owner that wrote the row last. */
const EPOCH = 'epoch';

export interface AuthTableOptions {
  readonly dynamo: DynamoDBClient;
  readonly tableName: string;
  /** Under which the session's shard is this task's; a refused write ends it. */
  readonly tenure: Pick<Tenure, 'epoch' | 'over' | 'lose'>;
}

export function makeAuthTable(options: AuthTableOptions): AuthTable {
  return { ...readsOf(options), ...writesOf(options) };
}

const keyOf = (sessionUid: SessionUid, name: string): Record<string, AttributeValue> => ({
  [pk]: { S: sessionUid },
  [sk]: { S: name },
});

function readsOf({ dynamo, tableName: TableName }: AuthTableOptions): Omit<AuthTable, 'put' | 'remove'> {
  const query = async (sessionUid: SessionUid, range: NameRange, projection?: string): Promise<AuthEntry[]> => {
    const entries: AuthEntry[] = [];
    const input = { TableName, ConsistentRead: true, ...rangeCondition(sessionUid, range) };
    const pages = paginateQuery(
      { client: dynamo },
      projection ? { ...input, ProjectionExpression: projection } : input,
    );
    for await (const page of pages) {
      for (const item of page.Items ?? []) {
        entries.push({ name: item[sk]?.S ?? '', value: item[VALUE]?.B ?? new Uint8Array() });
      }
    }
    return entries;
  };
  return {
    async get(sessionUid, name) {
      const { Item } = await dynamo.send(
        new GetItemCommand({ TableName, Key: keyOf(sessionUid, name), ConsistentRead: true }),
      );
      return Item?.[VALUE]?.B;
    },
    async getMany(sessionUid, names) {
      const Keys = names.map((name) => keyOf(sessionUid, name));
      const { Responses, UnprocessedKeys } = await dynamo.send(
        new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } }),
      );
      if (UnprocessedKeys?.[TableName]) throw new Error('DynamoDB left keys of a batch unread');
      const items = Responses?.[TableName] ?? [];
      return new Map(items.map((item) => [item[sk]?.S ?? '', item[VALUE]?.B ?? new Uint8Array()]));
    },
    list: query,
    names: async (sessionUid, range) => (await query(sessionUid, range, '#sk')).map(({ name }) => name),
  };
}

/** Each on the condition that no newer owner has written the row. */
function writesOf({ dynamo, tableName: TableName, tenure }: AuthTableOptions): Pick<AuthTable, 'put' | 'remove'> {
  const asOwner = async (write: (condition: ReturnType<typeof notNewerThan>) => Promise<unknown>): Promise<void> => {
    if (tenure.over) throw new OvertakenError('The shard of this session is not this task’s any more.');
    try {
      await write(notNewerThan(tenure.epoch));
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      tenure.lose();
      throw new OvertakenError('A newer owner has written this row of the auth state.', { cause: error });
    }
  };
  return {
    put: (sessionUid, { name, value, expiresAtS }) =>
      asOwner((condition) => {
        const Item = {
          ...keyOf(sessionUid, name),
          [VALUE]: { B: value },
          [EPOCH]: { N: String(tenure.epoch) },
          ...(expiresAtS !== undefined && { [TTL_ATTRIBUTE]: { N: String(expiresAtS) } }),
        };
        return dynamo.send(new PutItemCommand({ TableName, Item, ...condition }));
      }),
    remove: (sessionUid, name) =>
      asOwner((condition) =>
        dynamo.send(new DeleteItemCommand({ TableName, Key: keyOf(sessionUid, name), ...condition })),
      ),
  };
}

const notNewerThan = (epoch: number) => ({
  ConditionExpression: 'attribute_not_exists(#epoch) OR #epoch <= :mine',
  ExpressionAttributeNames: { '#epoch': EPOCH },
  ExpressionAttributeValues: { ':mine': { N: String(epoch) } },
});

function rangeCondition(sessionUid: SessionUid, range: NameRange) {
  const ExpressionAttributeNames = { '#pk': pk, '#sk': sk };
  const bound = 'below' in range ? range.below : range.prefix;
  return {
    KeyConditionExpression: 'below' in range ? '#pk = :pk AND #sk < :bound' : '#pk = :pk AND begins_with(#sk, :bound)',
    ExpressionAttributeNames,
    ExpressionAttributeValues: { ':pk': { S: sessionUid }, ':bound': { S: bound } },
  };
}
