import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { makeAccountRepository } from '#core/adapters/dynamodb/account-repository.ts';
import { systemClock } from '#core/domain/clock.ts';
import { runKeys, USAGE } from './keys/commands.ts';
import { deployedTarget, localTarget, UsageError } from './keys/target.ts';

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

/** What is told to an operator; only a defect of ours shows its stack. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof UsageError) return error.message;
  if ('code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) return `${error.message}\n\n${USAGE}`;
  if ('code' in error && error.code === 'ECONNREFUSED')
    return 'That Pombo does not run any more. Start it with "npm start".';
  if (error.name === 'CredentialsProviderError') return 'There are no AWS credentials in this shell.';
  if ('$metadata' in error) return `${error.name}: ${error.message}`;
  return error.stack ?? error.message;
}

try {
  console.log(await main());
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
