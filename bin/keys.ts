import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { makeAccountRepository } from '#core/adapters/dynamodb/account-repository.ts';
import { systemClock } from '#core/domain/clock.ts';
import { runKeys, USAGE } from './keys/commands.ts';
import { deployedTarget, localTarget } from './keys/target.ts';
import { explain } from './operator/explain.ts';

/** API keys and accounts, of the Pombo on this machine or of a deployed one. */
async function main(): Promise<string> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      account: { type: 'string' },
      name: { type: 'string' },
      stack: { type: 'string' },
      data: { type: 'string', default: '.pombo' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help || positionals.length === 0) return USAGE;
  const { dynamo, accountsTable } = values.stack ? await deployedTarget(values.stack) : localTarget(values.data);
  const accounts = makeAccountRepository({ dynamo, tableName: accountsTable, clock: systemClock, random: randomBytes });
  return await runKeys(accounts, positionals, values);
}

try {
  console.log(await main());
} catch (error) {
  console.error(explain(error, USAGE));
  process.exitCode = 1;
}
