import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  type QueryCommandInput,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Clock } from '#core/domain/clock.ts';
import type { SessionUid } from '#core/domain/ids.ts';
import { TableKeys, TTL_ATTRIBUTE } from '#core/resource-names.ts';
import { atOnce } from '../at-once.ts';

const { pk, sk } = TableKeys.messages;
const DAY_S = 24 * 60 * 60;
/** A busy number has hundreds of thousands of rows. */
const REMOVALS_AT_ONCE = 16;

export interface SessionRowsOptions {
  readonly dynamo: DynamoDBClient;
  readonly tableName: string;
  readonly clock: Clock;
}

export interface Selection {
  readonly between: { readonly attribute: string; readonly from: number; readonly to: number };
  readonly attributes: readonly string[];
}

/** `undefined` attributes are left out. */
const PLAIN_OBJECTS = { removeUndefinedValues: true } as const;
const keyOf = (sessionUid: SessionUid, key: string): Record<string, AttributeValue> => ({
  [pk]: { S: sessionUid },
  [sk]: { S: key },
});

/**
 * Rows of the messages table by session and sort key, each with its time to live in days. Not through the document client: every
 * message writes one, and that client composes its middleware anew for each call.
 */
export class SessionRows {
  readonly #dynamo: DynamoDBClient;
  readonly #tableName: string;
  readonly #clock: Clock;

  constructor(options: SessionRowsOptions) {
    this.#dynamo = options.dynamo;
    this.#tableName = options.tableName;
    this.#clock = options.clock;
  }

  async put(sessionUid: SessionUid, key: string, row: object, days: number): Promise<void> {
    const Item = this.#item(sessionUid, key, row, days);
    await this.#dynamo.send(new PutItemCommand({ TableName: this.#tableName, Item }));
  }

  /** @returns false when a row with this key is there; it stays as it is */
  async add(sessionUid: SessionUid, key: string, row: object, days: number): Promise<boolean> {
    const Item = this.#item(sessionUid, key, row, days);
    const condition = { ConditionExpression: 'attribute_not_exists(#sk)', ExpressionAttributeNames: { '#sk': sk } };
    try {
      await this.#dynamo.send(new PutItemCommand({ TableName: this.#tableName, Item, ...condition }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  async get<T>(sessionUid: SessionUid, key: string): Promise<T | undefined> {
    const { Item } = await this.#dynamo.send(
      new GetItemCommand({ TableName: this.#tableName, Key: keyOf(sessionUid, key), ConsistentRead: true }),
    );
    return Item && (unmarshall(Item) as T);
  }

  async remove(sessionUid: SessionUid, key: string): Promise<void> {
    await this.#dynamo.send(new DeleteItemCommand({ TableName: this.#tableName, Key: keyOf(sessionUid, key) }));
  }

  /** Rows whose key begins with `prefix`, strongly consistent, in key order. */
  async list<T>(sessionUid: SessionUid, prefix: string): Promise<T[]> {
    const rows: T[] = [];
    const pages = this.#pages({
      ConsistentRead: true,
      KeyConditionExpression: '#pk = :pk AND begins_with(#sk, :prefix)',
      ExpressionAttributeNames: { '#pk': pk, '#sk': sk },
      ExpressionAttributeValues: marshall({ ':pk': sessionUid, ':prefix': prefix }),
    });
    for await (const page of pages) rows.push(...(page as T[]));
    return rows;
  }

  /**
   * Some attributes of the rows whose key begins with `prefix` and whose number `between.attribute` is in
   * [`from`, `to`), in key order. DynamoDB reads and bills the whole range.
   */
  async select<T>(sessionUid: SessionUid, prefix: string, selection: Selection): Promise<T[]> {
    const { attribute, from, to } = selection.between;
    const attributes = selection.attributes.map((name, index) => [`#a${index}`, name] as const);
    const pages = this.#pages({
      KeyConditionExpression: '#pk = :pk AND begins_with(#sk, :prefix)',
      FilterExpression: '#between >= :from AND #between < :to',
      ProjectionExpression: attributes.map(([placeholder]) => placeholder).join(', '),
      ExpressionAttributeNames: { '#pk': pk, '#sk': sk, '#between': attribute, ...Object.fromEntries(attributes) },
      ExpressionAttributeValues: marshall({ ':pk': sessionUid, ':prefix': prefix, ':from': from, ':to': to }),
    });
    const rows: T[] = [];
    for await (const page of pages) rows.push(...(page as T[]));
    return rows;
  }

  /** Removes all rows of the session, of whatever kind. */
  async erase(sessionUid: SessionUid): Promise<void> {
    const pages = this.#pages({
      KeyConditionExpression: '#pk = :pk',
      ExpressionAttributeNames: { '#pk': pk, '#sk': sk },
      ExpressionAttributeValues: marshall({ ':pk': sessionUid }),
      ProjectionExpression: '#sk',
    });
    for await (const page of pages) {
      const keys = page.map((row) => String(row[sk]));
      await atOnce(
        keys.map((key) => () => this.remove(sessionUid, key)),
        REMOVALS_AT_ONCE,
      );
    }
  }

  #item(sessionUid: SessionUid, key: string, row: object, days: number): Record<string, AttributeValue> {
    const expires = Math.ceil(this.#clock.now() / 1000) + days * DAY_S;
    return {
      ...marshall(row, PLAIN_OBJECTS),
      ...keyOf(sessionUid, key),
      [TTL_ATTRIBUTE]: { N: String(expires) },
    };
  }

  async *#pages(query: Omit<QueryCommandInput, 'TableName'>): AsyncGenerator<Record<string, unknown>[]> {
    const input = { TableName: this.#tableName, ...query };
    for await (const { Items = [] } of paginateQuery({ client: this.#dynamo }, input))
      yield Items.map((item) => unmarshall(item));
  }
}
