import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
} from '@aws-sdk/lib-dynamodb';
import type { Clock } from '#core/domain/clock.ts';
import type { SessionUid } from '#core/domain/ids.ts';
import { TableKeys, TTL_ATTRIBUTE } from '#core/resource-names.ts';
import { atOnce } from '../at-once.ts';

const { pk, sk } = TableKeys.messages;
const DAY_S = 24 * 60 * 60;
/** A busy number has hundreds of thousands of rows. */
const REMOVALS_AT_ONCE = 16;

export interface SessionRowsOptions {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly clock: Clock;
}

export interface Selection {
  readonly between: { readonly attribute: string; readonly from: number; readonly to: number };
  readonly attributes: readonly string[];
}

/** Rows of the messages table by session and sort key, each with its time to live in days. */
export class SessionRows {
  readonly #dynamo: DynamoDBDocumentClient;
  readonly #tableName: string;
  readonly #clock: Clock;

  constructor(options: SessionRowsOptions) {
    this.#dynamo = options.dynamo;
    this.#tableName = options.tableName;
    this.#clock = options.clock;
  }

  async put(sessionUid: SessionUid, key: string, row: object, days: number): Promise<void> {
    const Item = this.#item(sessionUid, key, row, days);
    await this.#dynamo.send(new PutCommand({ TableName: this.#tableName, Item }));
  }

  /** @returns false when a row with this key is there; it stays as it is */
  async add(sessionUid: SessionUid, key: string, row: object, days: number): Promise<boolean> {
    const Item = this.#item(sessionUid, key, row, days);
    const condition = { ConditionExpression: 'attribute_not_exists(#sk)', ExpressionAttributeNames: { '#sk': sk } };
    try {
      await this.#dynamo.send(new PutCommand({ TableName: this.#tableName, Item, ...condition }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  async get<T>(sessionUid: SessionUid, key: string): Promise<T | undefined> {
    const Key = { [pk]: sessionUid, [sk]: key };
    const { Item } = await this.#dynamo.send(new GetCommand({ TableName: this.#tableName, Key, ConsistentRead: true }));
    return Item as T | undefined;
  }

  async remove(sessionUid: SessionUid, key: string): Promise<void> {
    await this.#dynamo.send(new DeleteCommand({ TableName: this.#tableName, Key: { [pk]: sessionUid, [sk]: key } }));
  }

  /** Rows whose key begins with `prefix`, strongly consistent, in key order. */
  async list<T>(sessionUid: SessionUid, prefix: string): Promise<T[]> {
    const rows: T[] = [];
    const query = {
      TableName: this.#tableName,
      ConsistentRead: true,
      KeyConditionExpression: '#pk = :pk AND begins_with(#sk, :prefix)',
      ExpressionAttributeNames: { '#pk': pk, '#sk': sk },
      ExpressionAttributeValues: { ':pk': sessionUid, ':prefix': prefix },
    };
    for await (const page of paginateQuery({ client: this.#dynamo }, query)) {
      rows.push(...((page.Items ?? []) as T[]));
    }
    return rows;
  }

  /**
   * Some attributes of the rows whose key begins with `prefix` and whose number `between.attribute` is in
   * [`from`, `to`), in key order. DynamoDB reads and bills the whole range.
   */
  async select<T>(sessionUid: SessionUid, prefix: string, selection: Selection): Promise<T[]> {
    const { attribute, from, to } = selection.between;
    const attributes = selection.attributes.map((name, index) => [`#a${index}`, name] as const);
    const query = {
      TableName: this.#tableName,
      KeyConditionExpression: '#pk = :pk AND begins_with(#sk, :prefix)',
      FilterExpression: '#between >= :from AND #between < :to',
      ProjectionExpression: attributes.map(([placeholder]) => placeholder).join(', '),
      ExpressionAttributeNames: { '#pk': pk, '#sk': sk, '#between': attribute, ...Object.fromEntries(attributes) },
      ExpressionAttributeValues: { ':pk': sessionUid, ':prefix': prefix, ':from': from, ':to': to },
    };
    const rows: T[] = [];
    for await (const page of paginateQuery({ client: this.#dynamo }, query)) rows.push(...((page.Items ?? []) as T[]));
    return rows;
  }

  /** Removes all rows of the session, of whatever kind. */
  async erase(sessionUid: SessionUid): Promise<void> {
    const query = {
      TableName: this.#tableName,
      KeyConditionExpression: '#pk = :pk',
      ExpressionAttributeNames: { '#pk': pk, '#sk': sk },
      ExpressionAttributeValues: { ':pk': sessionUid },
      ProjectionExpression: '#sk',
    };
    for await (const page of paginateQuery({ client: this.#dynamo }, query)) {
      const keys = (page.Items ?? []).map((row) => String(row[sk]));
      await atOnce(
        keys.map((key) => () => this.remove(sessionUid, key)),
        REMOVALS_AT_ONCE,
      );
    }
  }

  #item(sessionUid: SessionUid, key: string, row: object, days: number) {
    const expires = Math.ceil(this.#clock.now() / 1000) + days * DAY_S;
    return { ...row, [pk]: sessionUid, [sk]: key, [TTL_ATTRIBUTE]: expires };
  }
}
