import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureLocalAccount } from '#core/adapters/local-account.ts';
import { ApiKeySchema, hashApiKey } from '#core/domain/api-key.ts';
import { runKeys } from '../../bin/keys/commands.ts';
import { localTarget } from '../../bin/keys/target.ts';
import { type AwsTestBed, startAws } from '../functions/support/aws-test-bed.ts';

describe('npm run keys', () => {
  let aws: AwsTestBed;
  beforeAll(async () => {
    aws = await startAws();
  }, 60_000);
  afterAll(() => aws.stop());
  const run = (words: string, options: { account?: string; name?: string } = {}) =>
    runKeys(aws.accounts, words.split(' '), options);

  it('makes the first account with the first key, shows the key once, lists and revokes it', async () => {
    expect(await run('list')).toContain('no key yet');
    const created = await run('create', { name: 'crm' });
    const [key = ''] = created.split('\n');
    const id = /key_[0-9a-f]{16}/.exec(created)?.[0] ?? '';
    expect(await aws.accounts.findApiKey(hashApiKey(key))).toMatchObject({ apiKeyId: id, name: 'crm' });
    const list = await run('list');
    expect(list).toContain(id);
    expect(list).not.toContain(key);
    expect(await run(`revoke ${id}`)).toContain('revoked');
    expect(await aws.accounts.findApiKey(hashApiKey(key))).toBeUndefined();
    await expect(run(`revoke ${id}`)).rejects.toThrow('There is no key');
  });
  it('gives npm start its key: the same again, one that was chosen, a new one', async () => {
    const first = await ensureLocalAccount(aws.accounts);
    expect(await ensureLocalAccount(aws.accounts, first.apiKey)).toEqual(first);
    const chosen = ApiKeySchema.parse('my-own-key');
    expect(await ensureLocalAccount(aws.accounts, chosen)).toEqual({ accountId: first.accountId, apiKey: chosen });
    expect(await aws.accounts.findApiKey(hashApiKey('my-own-key'))).toMatchObject({ accountId: first.accountId });
  });
  it('makes further accounts, asks which one, and removes them with their keys', async () => {
    const account = /\d{18}/.exec(await run('account create Filial'))?.[0] ?? '';
    expect(await run('account list')).toContain('Filial');
    await expect(run('create')).rejects.toThrow(/several accounts.*--account/);
    const key = (await run('create', { account })).split('\n')[0] ?? '';
    expect(await run(`account remove ${account}`)).toContain('removed');
    expect(await aws.accounts.findApiKey(hashApiKey(key))).toBeUndefined();
    await expect(run('list', { account })).rejects.toThrow('There is no account');
  });
  it('sets limits of an account for its keys, those of later too, and shows them', async () => {
    const account = /\d{18}/.exec(await run('account create Lojas'))?.[0] ?? '';
    const limitsOf = async (created: string) =>
      (await aws.accounts.findApiKey(hashApiKey(created.split('\n')[0] ?? '')))?.limits;
    const before = await run('create', { account });
    expect(await run(`account limits ${account}`)).toMatch(/key +as the deployment says/);
    const told = await run(`account limits ${account} key=5000/3600/500 newContacts=0 pair=1/3`);
    expect(told).toMatch(/key +5000 in 3600 s, 500 at once\n.*\n +pair +1 in 3 s, 1 at once\n +newContacts +none/);
    const after = await run('create', { account });
    const limits = {
      key: { amount: 5000, perSeconds: 3600, burst: 500 },
      newContacts: 0,
      pair: { amount: 1, perSeconds: 3 },
    };
    expect([await limitsOf(before), await limitsOf(after)]).toEqual([limits, limits]);
    await run(`account limits ${account} key=default pair=default`);
    expect(await limitsOf(before)).toEqual({ newContacts: 0 });
    for (const wrong of ['key', 'key=', 'key=1', 'key=a/b', 'dog=1/2', 'global=0', 'pair=1/2/3/4', 'pair=-1/6'])
      await expect(run(`account limits ${account} ${wrong}`)).rejects.toThrow(/is no limit/);
  });
  it.each(['dance', 'account', 'account create', 'revoke', 'revoke nonsense'])(
    'explains itself after "%s"',
    async (words) => {
      await expect(run(words)).rejects.toMatchObject({ name: 'UsageError' });
    },
  );
  it('finds the Pombo of this machine by what npm start left in its data folder', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'pombo-keys-'));
    expect(() => localTarget(folder)).toThrow(/Start it with "npm start"/);
    const run = { awsEndpoint: process.env['AWS_ENDPOINT_URL'], stack: { outputs: { AccountsTable: 'accounts' } } };
    writeFileSync(path.join(folder, 'run.json'), JSON.stringify(run));
    const { dynamo, accountsTable } = localTarget(folder);
    expect((await dynamo.send(new ScanCommand({ TableName: accountsTable }))).Items).toBeDefined();
    writeFileSync(path.join(folder, 'run.json'), JSON.stringify({ ...run, stack: { outputs: {} } }));
    expect(() => localTarget(folder)).toThrow('no output AccountsTable');
    dynamo.destroy();
    rmSync(folder, { recursive: true });
  });
});
