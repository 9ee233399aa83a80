import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { makeAccountRepository } from '#core/adapters/dynamodb/account-repository.ts';
import { systemClock as clock } from '#core/domain/clock.ts';
import { deployedTarget, localTarget, UsageError } from './keys/target.ts';
import { makeApiCaller } from './smoke/api-caller.ts';
import { type Check, type Deployed, failed, type Verdict } from './smoke/check.ts';
import { CHECKS } from './smoke/checklist.ts';

const USAGE = `Usage: npm run smoke -- --stack Pombo     walks through what can't be known before there is a deployment
       npm run smoke -- --local [--data <folder>]   the same against "npm start", as far as one machine has it
  --groups <n>   message groups of the order check (default 1000)

It makes an account, a session and a queue of its own and removes them again. It costs less than a cent.`;

const WORDS = { held: 'held  ', failed: 'FAILED', open: 'open  ' } as const;

async function verdictOf({ run }: Check, deployed: Deployed): Promise<Verdict> {
  try {
    return await run(deployed);
  } catch (error) {
    return failed(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  }
}

async function walk(deployed: Deployed): Promise<boolean> {
  const count = { held: 0, failed: 0, open: 0 };
  for (const check of CHECKS) {
    const { kind, detail } = await verdictOf(check, deployed);
    count[kind] += 1;
    console.log(`${WORDS[kind]}  ${check.name}\n        ${detail}`);
  }
  console.log(`${count.held} held, ${count.failed} failed, ${count.open} open`);
  return count.failed === 0;
}

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      stack: { type: 'string' },
      local: { type: 'boolean', default: false },
      data: { type: 'string', default: '.pombo' },
      groups: { type: 'string', default: '1000' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const groups = Number(values.groups);
  if (values.help || !Number.isInteger(groups) || groups < 1 || (values.stack === undefined) !== values.local)
    throw new UsageError(USAGE);
  const target = values.stack === undefined ? localTarget(values.data) : await deployedTarget(values.stack);
  const { dynamo, accountsTable, outputs } = target;
  const accounts = makeAccountRepository({ dynamo, tableName: accountsTable, clock, random: randomBytes });
  const { accountId } = await accounts.createAccount('smoke');
  try {
    const { apiKey } = await accounts.createApiKey({ accountId, name: 'smoke' });
    const api = makeApiCaller(outputs['ApiUrl'] ?? '', apiKey);
    return await walk({ target, api, accounts, accountId, isLocal: values.local, groups, clock });
  } finally {
    await accounts.removeAccount(accountId);
  }
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error);
  process.exitCode = 1;
}
