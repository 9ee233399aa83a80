import type { AccountRepository } from '#core/adapters/dynamodb/account-repository.ts';
import { type AccountLimits, type Limit, LimitSchema } from '#core/contracts/limits.ts';
import type { AccountId } from '#core/domain/ids.ts';
import { UsageError } from './target.ts';

const NAMES = ['key', 'session', 'pair', 'newContacts'] as const satisfies readonly (keyof AccountLimits)[];
const FORM = `A limit is <name>=<amount>/<seconds>[/<burst>], <name>=0 (none) or <name>=default; names: ${NAMES.join(', ')}`;

/** Shows the limits of an account, changed by what is given. @throws UsageError for a setting that is none */
export async function accountLimits(
  accounts: AccountRepository,
  accountId: AccountId,
  settings: readonly string[],
): Promise<string> {
  const current = (await accounts.getAccount(accountId))?.limits ?? {};
  const limits = settings.reduce(changed, current);
  if (settings.length > 0) await accounts.setLimits(accountId, limits);
  const lines = NAMES.map((name) => `  ${name.padEnd(12)} ${shown(limits[name])}`);
  const when = settings.length > 0 ? ', from now on or within a minute' : '';
  return [`Limits of account ${accountId}${when}:`, ...lines].join('\n');
}

function changed(limits: AccountLimits, setting: string): AccountLimits {
  const [name, value] = setting.split('=');
  if (!isName(name) || value === undefined) throw new UsageError(`${setting} is no limit. ${FORM}`);
  const { [name]: _, ...others } = limits;
  return value === 'default' ? others : { ...others, [name]: limitOf(value, setting) };
}

const isName = (name: string | undefined): name is (typeof NAMES)[number] => NAMES.some((known) => known === name);

function limitOf(value: string, setting: string): Limit {
  const [amount, perSeconds, burst, ...more] = value.split('/').map(Number);
  const parsed = LimitSchema.safeParse(value === '0' ? 0 : { amount, perSeconds, burst });
  if (!parsed.success || more.length > 0) throw new UsageError(`${setting} is no limit. ${FORM}`);
  return parsed.data;
}

function shown(limit: Limit | undefined): string {
  if (limit === undefined) return 'as the deployment says';
  if (limit === 0 || limit.amount === 0) return 'none';
  return `${limit.amount} in ${limit.perSeconds} s, ${limit.burst ?? limit.amount} at once`;
}
