import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { type EndpointRow, EndpointRowSchema } from '../../contracts/rows/endpoint-row.ts';
import type { AccountId, EndpointId } from '../../domain/ids.ts';
import { TableKeys } from '../../resource-names.ts';
import { setOrRemove } from './set-or-remove.ts';
import { unlessRefused } from './unless-refused.ts';

/** Attributes that get a new value; `null` removes one. What is not named stays as it is. */
export type EndpointChange = {
  readonly [K in keyof Omit<EndpointRow, 'accountId' | 'endpointId' | 'createdAtMs'>]?: EndpointRow[K] | null;
};

/** Webhook subscriptions, by account. */
export interface EndpointRepository {
  /** All endpoints of the account, strongly consistent, ordered by id. */
  list(accountId: AccountId): Promise<readonly EndpointRow[]>;
  get(accountId: AccountId, endpointId: EndpointId): Promise<EndpointRow | undefined>;
  /** Stores a new endpoint. */
  create(row: EndpointRow): Promise<void>;
  /**
   * Changes single attributes, so that what others write at the same time stays.
   * @param ifSecret only if this is still the secret's ciphertext: of two rotations one wins
   * @returns the row as it is now, undefined if there is none or its secret is another
   */
  update(
    key: Pick<EndpointRow, 'accountId' | 'endpointId'>,
    change: EndpointChange,
    ifSecret?: string,
  ): Promise<EndpointRow | undefined>;
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
  const query = async (input: Omit<Parameters<typeof paginateQuery>[1], 'TableName'>): Promise<EndpointRow[]> => {
    const rows: EndpointRow[] = [];
    for await (const page of paginateQuery({ client: dynamo }, { TableName, ...input })) {
      for (const item of page.Items ?? []) rows.push(EndpointRowSchema.parse(item));
    }
    return rows;
  };
  return {
    list: (accountId) =>
      query({
        ConsistentRead: true,
        KeyConditionExpression: '#pk = :pk',
        ExpressionAttributeNames: { '#pk': pk },
        ExpressionAttributeValues: { ':pk': accountId },
      }),
    async get(accountId, endpointId) {
      const { Item } = await dynamo.send(new GetCommand({ ...key(accountId, endpointId), ConsistentRead: true }));
      return Item && EndpointRowSchema.parse(Item);
    },
    async create(row) {
      await dynamo.send(new PutCommand({ TableName, Item: row }));
    },
    async update({ accountId, endpointId }, change, ifSecret) {
      const updated = await unlessRefused(
        dynamo.send(
          new UpdateCommand({ ...key(accountId, endpointId), ...updateOf(change, ifSecret), ReturnValues: 'ALL_NEW' }),
        ),
      );
      return updated && EndpointRowSchema.parse(updated.Attributes);
    },
    async remove(accountId, endpointId) {
      const { Attributes } = await dynamo.send(
        new DeleteCommand({ ...key(accountId, endpointId), ReturnValues: 'ALL_OLD' }),
      );
      return Attributes && EndpointRowSchema.parse(Attributes);
    },
  };
}

function updateOf(change: EndpointChange, ifSecret: string | undefined) {
  const named = Object.entries(change).filter(([, value]) => value !== undefined);
  // Without a change it is only looked whether the condition holds; DynamoDB takes no empty expression.
  const { UpdateExpression, ExpressionAttributeNames, ExpressionAttributeValues } = setOrRemove(
    Object.fromEntries(named.map(([name, value]) => [name, value ?? undefined])),
  );
  const values = { ...ExpressionAttributeValues, ...(ifSecret === undefined ? {} : { ':ifSecret': ifSecret }) };
  return {
    ...(UpdateExpression === '' ? {} : { UpdateExpression }),
    ConditionExpression: `attribute_exists(#pk)${ifSecret === undefined ? '' : ' AND secretCiphertext = :ifSecret'}`,
    ExpressionAttributeNames: { '#pk': pk, ...ExpressionAttributeNames },
    ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}),
  };
}
