import { DeleteCommand, GetCommand, PutCommand, paginateScan, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { AccountLimits } from '../../contracts/limits.ts';
import { type AccountRow, AccountRowSchema } from '../../contracts/rows/account-row.ts';
import { type AccountId, newAccountId } from '../../domain/ids.ts';
import {
  type ApiKeyRepository,
  type ApiKeyRepositoryOptions,
  lookupKey,
  makeApiKeyRepository,
} from './api-key-repository.ts';
import { unlessRefused } from './unless-refused.ts';

/** Accounts and their API keys. */
export interface AccountRepository extends ApiKeyRepository {
  createAccount(name: string): Promise<AccountRow>;
  getAccount(accountId: AccountId): Promise<AccountRow | undefined>;
  /** Reads the whole table: for an operator's command, not for a request. Oldest first. */
  listAccounts(): Promise<readonly AccountRow[]>;
  /** Sets all limits of the account; its keys carry them, so a request needs no further read. */
  setLimits(accountId: AccountId, limits: AccountLimits): Promise<void>;
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
    async setLimits(accountId, limits) {
      const write = (Key: Record<string, string>): Promise<unknown> =>
        dynamo.send(
          new UpdateCommand({
            TableName,
            Key,
            UpdateExpression: 'SET limits = :limits',
            ConditionExpression: 'attribute_exists(pk)',
            ExpressionAttributeValues: { ':limits': limits },
          }),
        );
      await write(accountKey(accountId));
      // A key that is revoked meanwhile needs no limits.
      for (const { keyHash } of await keys.listApiKeys(accountId)) await unlessRefused(write(lookupKey(keyHash)));
    },
    async removeAccount(accountId) {
      for (const { apiKeyId } of await keys.listApiKeys(accountId)) await keys.revokeApiKey(accountId, apiKeyId);
      await dynamo.send(new DeleteCommand({ TableName, Key: accountKey(accountId) }));
    },
  };
}
