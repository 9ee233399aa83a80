import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import type { DeploymentConfig } from '../../../lib/config/deployment-config.ts';
import { ACKNOWLEDGEMENTS } from '../../../lib/validation/acknowledgements.ts';
import { stackOf } from '../synthesized.ts';

/** `rule@path below the stack` of everything that cdk-nag finds, acknowledged or not. */
function findings(config?: Partial<DeploymentConfig>): readonly { readonly rule: string; readonly path: string }[] {
  const stack = stackOf(config);
  return [new AwsSolutionsChecks(), new ServerlessChecks()]
    .flatMap((pack) => pack.validateScope(stack).violations)
    .flatMap(({ ruleName, violatingResources }) =>
      (violatingResources as readonly { readonly constructPath: string }[]).map(({ constructPath }) => ({
        rule: ruleName,
        path: constructPath.slice(`${stack.node.path}/`.length),
      })),
    );
}

const isAbout =
  (rule: string, on: string) =>
  (finding: { readonly rule: string; readonly path: string }): boolean =>
    finding.rule === rule && `${finding.path}/`.startsWith(`${on}/`);

/** Options that bring resources of their own, each with what it may bring to be found. */
const OPTIONS: readonly Partial<DeploymentConfig>[] = [
  { failureEmail: 'ops@example.com' },
  { network: { kind: 'nat' } },
  {
    customerKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-4cde-8f01-23456789abcd',
    domain: {
      name: 'wa.example.com',
      certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/01234567-89ab-4cde-8f01-23456789abcd',
    },
  },
];

describe('acknowledgements', () => {
  it('are each about a finding that is there, and leave none without a reason', () => {
    const found = [undefined, ...OPTIONS].flatMap((config) => findings(config));
    const acknowledged = ACKNOWLEDGEMENTS.flatMap(({ rule, on }) => on.map((path) => [rule, path] as const));
    expect(acknowledged.filter(([rule, on]) => !found.some(isAbout(rule, on)))).toEqual([]);
    expect(found.filter((finding) => !acknowledged.some(([rule, on]) => isAbout(rule, on)(finding)))).toEqual([]);
  });

  it.each(OPTIONS)('suffice with the options %j', (config) => {
    const reasons = ACKNOWLEDGEMENTS.flatMap(({ rule, on }) => on.map((path) => isAbout(rule, path)));
    expect(findings(config).filter((finding) => !reasons.some((covers) => covers(finding)))).toEqual([]);
  });

  it('give a reason that is a sentence', () => {
    for (const { reason } of ACKNOWLEDGEMENTS) expect(reason).toMatch(/^\S.{12,}\.$/s);
  });
});
