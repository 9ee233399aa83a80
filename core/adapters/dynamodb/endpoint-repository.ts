import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
} from '@aws-sdk/lib-dynamodb';
import { type EndpointRow, EndpointRowSchema } from '../../contracts/rows/endpoint-row.ts';
import type { AccountId, EndpointId } from '../../domain/ids.ts';
import { TableKeys } from '../../resource-names.ts';

/** Webhook subscriptions, by account. */
export interface EndpointRepository {
  /** All endpoints of the account, strongly consistent, ordered by id. */
  list(accountId: AccountId): Promise<readonly EndpointRow[]>;
  get(accountId: AccountId, endpointId: EndpointId): Promise<EndpointRow | undefined>;
  /** Stores a new endpoint. */
  create(row: EndpointRow): Promise<void>;
  /** @returns the row as it was, undefined if there was none */
  remove(accountId: AccountId, endpointId: EndpointId): Promise<EndpointRow | undefined>;
}

const { pk, sk } = TableKeys.endpoints;

export function makeEndpointRepository(options: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
}): EndpointRepository {
  const { dynamo, tableName: TableName } = options;
  const key = (accountId: AccountId, endpointId: EndpointId) => ({
    TableName,
    Key: { [pk]: accountId, [sk]: endpointId },
  });
  return {
    async list(accountId) {
      const rows: EndpointRow[] = [];
      const query = {
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: '#pk = :pk',
        ExpressionAttributeNames: { '#pk': pk },
        ExpressionAttributeValues: { ':pk': accountId },
      };
      for await (const page of paginateQuery({ client: dynamo }, query)) {
        for (const item of page.Items ?? []) rows.push(EndpointRowSchema.parse(item));
      }
      return rows;
    },
    async get(accountId, endpointId) {
      const { Item } = await dynamo.send(new GetCommand({ ...key(accountId, endpointId), ConsistentRead: true }));
      return Item && EndpointRowSchema.parse(Item);
    },
    async create(row) {
      await dynamo.send(new PutCommand({ TableName, Item: row }));
    },
    async remove(accountId, endpointId) {
      const { Attributes } = await dynamo.send(
        new DeleteCommand({ ...key(accountId, endpointId), ReturnValues: 'ALL_OLD' }),
      );
      return Attributes && EndpointRowSchema.parse(Attributes);
    },
  };
}
