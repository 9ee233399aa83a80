import type { AccountRepository } from '#core/adapters/dynamodb/account-repository.ts';
import { onlyAccount } from '#core/adapters/local-account.ts';
import { type AccountId, AccountIdSchema, ApiKeyIdSchema } from '#core/domain/ids.ts';
import { accountLimits } from './account-limits.ts';
import { UsageError } from './target.ts';

export interface KeyOptions {
  /** Account to act on; the only one if left out. */
  readonly account?: string | undefined;
  readonly name?: string | undefined;
}

export const USAGE = `Usage: npm run keys -- <command> [--data <folder> | --stack <name>]

  create [--account <id>] [--name <name>]   makes an API key and shows it, this once
  list [--account <id>]                     lists the keys
  revoke <key id> [--account <id>]          a revoked key stops working within a minute
  account create <name>                     makes a further account (tenant)
  account list                              lists the accounts
  account remove <id>                       removes an account with its keys
  account limits <id> [<limit>…]            shows or sets its limits: key=1000/3600/1000 (amount, seconds, burst),
                                            newContacts=0 (none), pair=default; see docs/limits.md

Without --stack it acts on the Pombo that "npm start" runs on this machine (its data folder is .pombo).`;

/** Runs one command. @returns what the operator reads. @throws UsageError for a wrong command */
export async function runKeys(
  accounts: AccountRepository,
  words: readonly string[],
  options: KeyOptions,
): Promise<string> {
  const [verb, argument] = words;
  if (verb === 'create') return await create(accounts, options);
  if (verb === 'list') return await list(accounts, options);
  if (verb === 'revoke') return await revoke(accounts, argument, options);
  if (verb === 'account') return await runAccount(accounts, words.slice(1));
  throw new UsageError(USAGE);
}

async function runAccount(accounts: AccountRepository, words: readonly string[]): Promise<string> {
  const [verb, argument, ...settings] = words;
  if (verb === 'create' && argument) {
    const { accountId, name } = await accounts.createAccount(argument);
    return `Account ${accountId} (${name}). A key for it: npm run keys -- create --account ${accountId}`;
  }
  if (verb === 'list') {
    const rows = await accounts.listAccounts();
    return rows.length === 0
      ? 'There is no account yet. The first key makes one: npm run keys -- create'
      : rows.map(({ accountId, name, createdAtMs }) => `${accountId}  ${dayOf(createdAtMs)}  ${name}`).join('\n');
  }
  if (verb === 'limits' && argument) return await accountLimits(accounts, await known(accounts, argument), settings);
  if (verb === 'remove' && argument) {
    const accountId = await known(accounts, argument);
    await accounts.removeAccount(accountId);
    return `Account ${accountId} and its keys are removed. Its keys stop working within a minute.`;
  }
  throw new UsageError(USAGE);
}

async function create(accounts: AccountRepository, { account, name }: KeyOptions): Promise<string> {
  const accountId = await accountOf(accounts, account);
  const { apiKey, row } = await accounts.createApiKey({ accountId, name: name ?? 'key' });
  return `${apiKey}\n\nKey ${row.apiKeyId} of account ${accountId}. It is shown this once and stored nowhere.`;
}

async function list(accounts: AccountRepository, { account }: KeyOptions): Promise<string> {
  const ids = account
    ? [await known(accounts, account)]
    : (await accounts.listAccounts()).map(({ accountId }) => accountId);
  const rows = (await Promise.all(ids.map((id) => accounts.listApiKeys(id)))).flat();
  if (rows.length === 0) return 'There is no key yet. Make one: npm run keys -- create';
  return rows
    .map(({ apiKeyId, accountId, createdAtMs, name }) => `${apiKeyId}  ${accountId}  ${dayOf(createdAtMs)}  ${name}`)
    .join('\n');
}

async function revoke(
  accounts: AccountRepository,
  written: string | undefined,
  { account }: KeyOptions,
): Promise<string> {
  const apiKeyId = ApiKeyIdSchema.safeParse(written);
  if (!apiKeyId.success)
    throw new UsageError('Say which key: npm run keys -- revoke key_…  (npm run keys -- list shows them)');
  const ids = account
    ? [await known(accounts, account)]
    : (await accounts.listAccounts()).map(({ accountId }) => accountId);
  for (const id of ids) {
    if (await accounts.revokeApiKey(id, apiKeyId.data))
      return `Key ${apiKeyId.data} is revoked. It stops working within a minute.`;
  }
  throw new UsageError(`There is no key ${apiKeyId.data}. npm run keys -- list shows them`);
}

async function accountOf(accounts: AccountRepository, written: string | undefined): Promise<AccountId> {
  if (written) return await known(accounts, written);
  try {
    return await onlyAccount(accounts);
  } catch (error) {
    throw new UsageError(`${(error as Error).message}. Use --account <id>`, { cause: error });
  }
}

async function known(accounts: AccountRepository, written: string): Promise<AccountId> {
  const accountId = AccountIdSchema.safeParse(written);
  const row = accountId.success ? await accounts.getAccount(accountId.data) : undefined;
  if (!row) throw new UsageError(`There is no account ${written}. npm run keys -- account list shows them`);
  return row.accountId;
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 'yyyy-mm-dd'.length);
