import { describe, expect, it } from 'vitest';
import { duplicateInfrastructureGate } from '../../bin/gates/duplicate-infrastructure.ts';
import { pinnedVersionsGate } from '../../bin/gates/pinned-versions.ts';
import { plantedTree } from './planted-tree.ts';

describe('pinned versions gate', () => {
  const manifest = (version: string): string =>
    JSON.stringify({ dependencies: { zod: '4.6.7' }, devDependencies: { 'aws-cdk': version } });

  it('passes exact versions, prereleases too', async () => {
    using tree = plantedTree([], { 'package.json': manifest('7.0.0-rc14') });
    expect(await pinnedVersionsGate.run(tree.root)).toEqual([]);
  });

  it.each(['^2.1148.1', '~2.1148.1', 'latest', '2.x', '', 'github:someone/fork', '>=2.0.0'])(
    'refuses %j',
    async (version) => {
      using tree = plantedTree([], { 'package.json': manifest(version) });
      expect(await pinnedVersionsGate.run(tree.root)).toEqual([expect.stringContaining('aws-cdk')]);
    },
  );
});

describe('duplicate infrastructure gate', () => {
  it('passes types in lib and local, and names that come from their constants', async () => {
    using tree = plantedTree([], {
      'lib/data.ts': "export const type = 'AWS::DynamoDB::Table';\n",
      'local/sqs.ts': "export const type = 'AWS::SQS::Queue';\n",
      'core/resource-names.ts': "export const Env = { accountsTable: 'POMBO_ACCOUNTS_TABLE' };\n",
      'functions/x.ts': 'export const table = process.env[Env.accountsTable];\n',
    });
    expect(await duplicateInfrastructureGate.run(tree.root)).toEqual([]);
  });

  it.each([
    ['functions/x.ts', "const type = 'AWS::SQS::Queue';"],
    ['sandbox/x.ts', 'await client.send(new CreateTableCommand({}));'],
    ['local/x.ts', 'await client.send(new CreateQueueCommand({}));'],
    ['connector/x.ts', "const table = environment['POMBO_SESSIONS_TABLE'];"],
    ['core/adapters/x.ts', 'const index = "byAccount";'],
    ['functions/x.ts', "count('WebhookDelivered');"],
  ])('finds in %s: %s', async (file, line) => {
    using tree = plantedTree([], { [file]: `\n${line}\n` });
    expect(await duplicateInfrastructureGate.run(tree.root)).toEqual([expect.stringContaining(`${file}:2: `)]);
  });
});
