import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { infrastructureGate, oversizedFunctions, STATEFUL_LIST } from '../../bin/gates/infrastructure.ts';
import { type PlantedTree, plantedTree, ROOT } from './planted-tree.ts';

const FUNCTIONS = ['sessions', 'webhooks', 'messages', 'health', 'docs', 'deliver', 'retry-delivery', 'dead-commands'];
const COPIED = [
  'bin',
  'lib',
  'core/resource-names.ts',
  'core/observability',
  'cdk.json',
  'package.json',
  'docs/runbook.md',
];

/** The infrastructure of this repository around programs that do nothing. */
const infrastructureTree = (): PlantedTree =>
  plantedTree(COPIED, {
    ...Object.fromEntries(
      FUNCTIONS.map((name) => [`functions/${name}/handler.ts`, 'export const handler = async () => ({});\n']),
    ),
    'connector/main.ts': 'export {};\n',
    'connector/healthcheck.mjs': '',
    'connector/Dockerfile': 'FROM scratch\n',
  });

/** Replaces text in a file of the tree; the text has to be there. */
function change(tree: PlantedTree, file: string, from: string, to: string): void {
  const before = readFileSync(path.join(tree.root, file), 'utf8');
  expect(before).toContain(from);
  tree.write(file, before.replaceAll(from, to));
}

describe('infrastructure gate', () => {
  it('passes what is committed, and leaves nothing behind', async () => {
    using tree = infrastructureTree();
    expect(await infrastructureGate.run(tree.root)).toEqual([]);
    expect(readdirSync(path.join(tree.root, '.pombo'))).toEqual([]);
  });

  it('fails when a template rule is broken', async () => {
    using tree = infrastructureTree();
    change(tree, 'lib/constructs/queues.ts', 'VISIBILITY_PER_TIMEOUT = 6', 'VISIBILITY_PER_TIMEOUT = 0.5');
    change(tree, 'lib/constructs/runbook-alarm.ts', 'Runbook: ', 'See ');
    const findings = (await infrastructureGate.run(tree.root)).join('\n');
    expect(findings).toContain("Acknowledge with 'CloudFormation-Validate::alarm_has_runbook'");
    expect(findings).toMatch(/ERROR.*visibility/i);
  });

  it('fails when a table is renamed, an alarm loses its article, and an article its alarm', async () => {
    using tree = infrastructureTree();
    change(tree, 'lib/constructs/data.ts', "'Sessions'", "'Numbers'");
    change(tree, 'docs/runbook.md', '## outbound-late', '## outbound-slow');
    const findings = await infrastructureGate.run(tree.root);
    expect(findings).toEqual([
      'docs/runbook.md: alarm outbound-late has no article in the runbook',
      'docs/runbook.md: article outbound-slow belongs to no alarm',
      expect.stringMatching(/DataSessions\w+ \(AWS::DynamoDB::GlobalTable\) is gone/),
      expect.stringMatching(/DataNumbers\w+ \(AWS::DynamoDB::GlobalTable\) is not in the committed list/),
    ]);
    expect(findings[2]).toContain(STATEFUL_LIST);
  });

  it('fails when a function can not be bundled', async () => {
    using tree = infrastructureTree();
    tree.write('functions/docs/handler.ts', "import './missing.ts';\n");
    await expect(infrastructureGate.run(tree.root)).rejects.toThrow('missing.ts');
  });

  it('refuses a function whose bundle is over its budget', () => {
    const sizes = [
      { file: 'functions/messages/index.mjs', bytes: 600_001 },
      { file: 'functions/docs/index.mjs', bytes: 600_000 },
      { file: 'connector/main.mjs', bytes: 5_000_000 },
    ];
    expect(oversizedFunctions(sizes)).toEqual([
      expect.stringContaining('functions/messages/index.mjs has 600001 bytes'),
    ]);
  });

  it('has a tree of the same functions as the repository', () => {
    const present = readdirSync(path.join(ROOT, 'functions')).filter((name) => name !== 'shared');
    expect(present).toEqual(FUNCTIONS.toSorted());
  });
});
