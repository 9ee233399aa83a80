import { DeleteCommand, GetCommand, PutCommand, paginateScan } from '@aws-sdk/lib-dynamodb';
import { type AccountRow, AccountRowSchema } from '../../contracts/rows/account-row.ts';
import { type AccountId, newAccountId } from '../../domain/ids.ts';
import { type ApiKeyRepository, type ApiKeyRepositoryOptions, makeApiKeyRepository } from './api-key-repository.ts';

/** Accounts and their API keys. */
export interface AccountRepository extends ApiKeyRepository {
  createAccount(name: string): Promise<AccountRow>;
  getAccount(accountId: AccountId): Promise<AccountRow | undefined>;
  /** Reads the whole table: for an operator's command, not for a request. Oldest first. */
  listAccounts(): Promise<readonly AccountRow[]>;
  /** Removes the account with its keys; sessions and webhooks of it are no concern of this table. */
  removeAccount(accountId: AccountId): Promise<void>;
}

const ACCOUNT = 'ACCOUNT';
const accountKey = (accountId: AccountId) => ({ pk: `${ACCOUNT}#${accountId}`, sk: ACCOUNT });

export function makeAccountRepository(options: ApiKeyRepositoryOptions): AccountRepository {
  const { dynamo, tableName: TableName, clock, random } = options;
  const keys = makeApiKeyRepository(options);
  return {
    ...keys,
    async createAccount(name) {
      const row: AccountRow = { accountId: newAccountId(random), name, createdAtMs: clock.now() };
      await dynamo.send(new PutCommand({ TableName, Item: { ...accountKey(row.accountId), ...row } }));
      return row;
    },
    async getAccount(accountId) {
      const { Item } = await dynamo.send(
        new GetCommand({ TableName, Key: accountKey(accountId), ConsistentRead: true }),
      );
      return Item && AccountRowSchema.parse(Item);
    },
    async listAccounts() {
      const rows: AccountRow[] = [];
      const scan = {
        TableName,
        ConsistentRead: true,
        FilterExpression: 'sk = :account',
        ExpressionAttributeValues: { ':account': ACCOUNT },
      };
      for await (const page of paginateScan({ client: dynamo }, scan)) {
        for (const item of page.Items ?? []) rows.push(AccountRowSchema.parse(item));
      }
      return rows.toSorted((a, b) => a.createdAtMs - b.createdAtMs);
    },
    async removeAccount(accountId) {
      for (const { apiKeyId } of await keys.listApiKeys(accountId)) await keys.revokeApiKey(accountId, apiKeyId);
      await dynamo.send(new DeleteCommand({ TableName, Key: accountKey(accountId) }));
    },
  };
}
