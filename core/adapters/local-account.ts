import { type ApiKey, hashApiKey } from '../domain/api-key.ts';
import type { AccountId } from '../domain/ids.ts';
import type { AccountRepository } from './dynamodb/account-repository.ts';

/** Name of the account that exists where nobody made one. */
export const DEFAULT_ACCOUNT_NAME = 'default';

/** The only account there is, made if there is none. @throws Error naming the accounts if there are several */
export async function onlyAccount(accounts: AccountRepository): Promise<AccountId> {
  const [first, ...others] = await accounts.listAccounts();
  if (!first) return (await accounts.createAccount(DEFAULT_ACCOUNT_NAME)).accountId;
  if (others.length === 0) return first.accountId;
  const names = [first, ...others].map(({ accountId, name }) => `${accountId} (${name})`);
  throw new Error(`There are several accounts, say which one: ${names.join(', ')}`);
}

/**
 * Makes an API key usable on the one-machine runner: the key belongs to an account afterwards, the oldest one or a new one.
 * @param apiKey a key that an earlier start made or the operator chose; left out, a new one is made
 */
export async function ensureLocalAccount(
  accounts: AccountRepository,
  apiKey?: ApiKey,
): Promise<{ accountId: AccountId; apiKey: ApiKey }> {
  const known = apiKey && (await accounts.findApiKey(hashApiKey(apiKey)));
  if (apiKey && known) return { accountId: known.accountId, apiKey };
  const [oldest] = await accounts.listAccounts();
  const { accountId } = oldest ?? (await accounts.createAccount(DEFAULT_ACCOUNT_NAME));
  const created = await accounts.createApiKey({ accountId, name: 'npm start', ...(apiKey ? { key: apiKey } : {}) });
  return { accountId, apiKey: created.apiKey };
}
