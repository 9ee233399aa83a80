import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { functionNames } from '../../bin/bundle.ts';
import { INVENTORY, infrastructureGate, oversizedFunctions, STATEFUL_LIST } from '../../bin/gates/infrastructure.ts';
import { USED_GRANTS } from '../../bin/gates/unused-grants.ts';
import { HOUSE_RULES } from '../../lib/validation/house-rules.ts';
import { type PlantedTree, plantedTree, ROOT } from './planted-tree.ts';

const COPIED = [
  'bin',
  'lib',
  'core/resource-names.ts',
  'core/domain/pace.ts',
  'core/observability',
  'cdk.json',
  'package.json',
  'docs/runbook.md',
  'README.md',
  USED_GRANTS,
];

/** The infrastructure of this repository around programs that do nothing. */
const infrastructureTree = (): PlantedTree =>
  plantedTree(COPIED, {
    ...Object.fromEntries(
      functionNames(ROOT).map((name) => [`functions/${name}/handler.ts`, 'export const handler = async () => ({});\n']),
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

/** One synthesis with all rules, on two busy cores. */
const timeout = 60_000;

describe('infrastructure gate', { timeout }, () => {
  it('passes what is committed, and leaves nothing behind', async () => {
    using tree = infrastructureTree();
    expect(await infrastructureGate.run(tree.root)).toEqual([]);
    expect(readdirSync(path.join(tree.root, '.pombo'))).toEqual([]);
  });

  it('fails when a template rule is broken: of the CDK, each of ours, and of cdk-nag', async () => {
    using tree = infrastructureTree();
    change(tree, 'lib/constructs/queues.ts', 'VISIBILITY_PER_TIMEOUT = 6', 'VISIBILITY_PER_TIMEOUT = 0.5');
    change(tree, 'lib/constructs/runbook-alarm.ts', 'Runbook: ', 'See ');
    change(tree, 'lib/constructs/connector-task.ts', 'Duration.seconds(120)', 'Duration.seconds(121)');
    change(tree, 'lib/constructs/pombo-function.ts', 'Architecture.ARM_64', 'Architecture.X86_64');
    change(tree, 'lib/constructs/data.ts', 'RemovalPolicy.RETAIN', 'RemovalPolicy.DESTROY');
    change(tree, 'lib/constructs/data.ts', 'enforceSSL: true', 'enforceSSL: false');
    change(tree, 'lib/constructs/api.ts', "actions(keyed, 'dynamodb:GetItem')", "actions(keyed, 'dynamodb:*')");
    const findings = (await infrastructureGate.run(tree.root)).join('\n');
    expect(findings).toMatch(/ERROR.*visibility/i);
    for (const { name } of HOUSE_RULES) expect(findings).toContain(`'CloudFormation-Validate::${name}'`);
    expect(findings).toContain("Acknowledge with 'AwsSolutions::AwsSolutions-S10'");
    expect(findings).toContain("Acknowledge with 'AwsSolutions::AwsSolutions-IAM5[Action::dynamodb:*]'");
  });

  it('fails when a table is renamed, an alarm loses its article, an article its alarm, and the bill is over the budget', async () => {
    using tree = infrastructureTree();
    change(tree, 'lib/constructs/data.ts', "'Jobs'", "'Works'");
    change(tree, 'lib/config/deployment-config.ts', 'max(MAX_TASKS).default(1)', 'max(MAX_TASKS).default(3)');
    change(tree, 'docs/runbook.md', '## outbound-late', '## outbound-slow');
    const findings = await infrastructureGate.run(tree.root);
    expect(findings).toEqual([
      'docs/runbook.md: alarm outbound-late has no article in the runbook',
      'docs/runbook.md: article outbound-slow belongs to no alarm',
      expect.stringMatching(/DataJobs\w+ \(AWS::DynamoDB::GlobalTable\) is gone/),
      expect.stringMatching(/DataWorks\w+ \(AWS::DynamoDB::GlobalTable\) is not in the committed list/),
      `${INVENTORY}: is not what the stack has; if the change is meant, run: npm run inventory`,
      ...findings.filter((finding) => /inventory\.txt: [-+] .*Data/.test(finding)),
      expect.stringMatching(/^README.md: an idle deployment costs \$\d+\.\d\d a month, more than \$17$/),
      'README.md: the idle bill is another now; run: npm run bill',
      ...findings.filter((finding) => finding.startsWith(USED_GRANTS)),
    ]);
    expect(findings[2]).toContain(STATEFUL_LIST);
  });

  it('fails when two programs share a role, and when a grant is one that no test has used', async () => {
    using tree = infrastructureTree();
    change(
      tree,
      'lib/constructs/webhook-delivery.ts',
      'this.retry.grants.startExecution(deliver);',
      `this.retry.grants.startExecution(deliver);
       (deliver.node.defaultChild as CfnResource).addPropertyOverride('Role', (this.node.findChild('RetryDelivery') as PomboFunction).role?.roleArn);
       this.#props.data.tables.tasks.grants.actions(deliver, 'dynamodb:GetItem');`,
    );
    const findings = await infrastructureGate.run(tree.root);
    expect(findings.filter((finding) => !finding.startsWith(INVENTORY))).toEqual([
      expect.stringMatching(/^WebhookDeliveryRetryDelivery\w+, WebhookDeliveryDeliver\w+ share a role: each needs/),
      expect.stringMatching(
        /used-grants\.txt: no test has used the grant WebhookDeliveryDeliver\w+ dynamodb:GetItem DataTasks\w+: remove it/,
      ),
    ]);
  });

  it('fails when a function can not be bundled', async () => {
    using tree = infrastructureTree();
    tree.write('functions/docs/handler.ts', "import './missing.ts';\n");
    await expect(infrastructureGate.run(tree.root)).rejects.toThrow('missing.ts');
  });

  it('refuses a function whose bundle is over its budget', () => {
    const sizes = [
      { file: 'functions/graph/index.mjs', bytes: 600_001 },
      { file: 'functions/docs/index.mjs', bytes: 600_000 },
      { file: 'connector/main.mjs', bytes: 5_000_000 },
    ];
    expect(oversizedFunctions(sizes)).toEqual([expect.stringContaining('functions/graph/index.mjs has 600001 bytes')]);
  });
});
