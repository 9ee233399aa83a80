import { type DynamoDBDocumentClient, GetCommand, paginateQuery, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { type AccountLimits, AccountLimitsSchema } from '../../contracts/limits.ts';
import { type ApiKeyRow, ApiKeyRowSchema } from '../../contracts/rows/account-row.ts';
import { type ApiKey, hashApiKey, newApiKey } from '../../domain/api-key.ts';
import type { Clock } from '../../domain/clock.ts';
import { type AccountId, type ApiKeyId, newApiKeyId, type RandomBytes } from '../../domain/ids.ts';

/** API keys; the keys themselves are stored nowhere. */
export interface ApiKeyRepository {
  /** @returns the key itself beside what is stored of it. @throws if another account has this very key */
  createApiKey(key: { accountId: AccountId; name: string; key?: ApiKey }): Promise<{ apiKey: ApiKey; row: ApiKeyRow }>;
  /** @param keyHash SHA-256 of the key, see `hashApiKey` */
  findApiKey(keyHash: string): Promise<ApiKeyRow | undefined>;
  /** Oldest first. */
  listApiKeys(accountId: AccountId): Promise<readonly ApiKeyRow[]>;
  /** The key stops working within the minute that functions remember keys for. @returns false if the account has no such key */
  revokeApiKey(accountId: AccountId, apiKeyId: ApiKeyId): Promise<boolean>;
}

export interface ApiKeyRepositoryOptions {
  readonly dynamo: DynamoDBDocumentClient;
  /** The accounts table. */
  readonly tableName: string;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

const KEY = 'KEY';
/** What a request looks up. */
export const lookupKey = (keyHash: string) => ({ pk: `${KEY}#${keyHash}`, sk: KEY });
const listedKey = (accountId: AccountId, id: ApiKeyId) => ({ pk: `ACCOUNT#${accountId}`, sk: `${KEY}#${id}` });

export function makeApiKeyRepository(options: ApiKeyRepositoryOptions): ApiKeyRepository {
  const { dynamo, tableName: TableName, clock, random } = options;

  const listApiKeys = async (accountId: AccountId): Promise<readonly ApiKeyRow[]> => {
    const rows: ApiKeyRow[] = [];
    const query = {
      TableName,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :key)',
      ExpressionAttributeValues: { ':pk': `ACCOUNT#${accountId}`, ':key': `${KEY}#` },
    };
    for await (const page of paginateQuery({ client: dynamo }, query)) {
      for (const item of page.Items ?? []) rows.push(ApiKeyRowSchema.parse(item));
    }
    return rows.toSorted((a, b) => a.createdAtMs - b.createdAtMs);
  };

  const limitsOfAccount = async (accountId: AccountId): Promise<AccountLimits | undefined> => {
    const Key = { pk: `ACCOUNT#${accountId}`, sk: 'ACCOUNT' };
    const { Item } = await dynamo.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
    return AccountLimitsSchema.optional().parse(Item?.['limits']);
  };

  return {
    async createApiKey({ accountId, name, key }) {
      const apiKey = key ?? newApiKey(random);
      const keyHash = hashApiKey(apiKey);
      const row: ApiKeyRow = { apiKeyId: newApiKeyId(random), accountId, keyHash, name, createdAtMs: clock.now() };
      const limits = await limitsOfAccount(accountId);
      const lookup = { ...lookupKey(keyHash), ...row, ...(limits && { limits }) };
      await dynamo.send(
        new TransactWriteCommand({
          TransactItems: [
            // Two accounts with one key would be one door to two flats.
            { Put: { TableName, Item: lookup, ConditionExpression: 'attribute_not_exists(pk)' } },
            { Put: { TableName, Item: { ...listedKey(accountId, row.apiKeyId), ...row } } },
          ],
        }),
      );
      return { apiKey, row };
    },
    async findApiKey(keyHash) {
      const { Item } = await dynamo.send(new GetCommand({ TableName, Key: lookupKey(keyHash) }));
      return Item && ApiKeyRowSchema.parse(Item);
    },
    listApiKeys,
    async revokeApiKey(accountId, apiKeyId) {
      const row = (await listApiKeys(accountId)).find((one) => one.apiKeyId === apiKeyId);
      if (!row) return false;
      await dynamo.send(
        new TransactWriteCommand({
          TransactItems: [
            { Delete: { TableName, Key: lookupKey(row.keyHash) } },
            { Delete: { TableName, Key: listedKey(accountId, apiKeyId) } },
          ],
        }),
      );
      return true;
    },
  };
}
