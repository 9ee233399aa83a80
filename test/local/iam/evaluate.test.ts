import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Decision, evaluate, type Policies } from '../../../local/iam/evaluate.ts';
import { parsePolicy, type Statement } from '../../../local/iam/policy-document.ts';
import type { Caller } from '../../../local/iam/principals.ts';
import { requestContext } from '../../../local/iam/request-context.ts';

const ACCOUNT = '000000000000';
const ROOT = `arn:aws:iam::${ACCOUNT}:root`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/A`;
const role: Caller = {
  kind: 'role',
  roleArn: ROLE,
  sessionArn: `arn:aws:sts::${ACCOUNT}:assumed-role/A/a`,
  account: ACCOUNT,
};
const service: Caller = { kind: 'service', service: 'sns.amazonaws.com' };
const context = requestContext({ 'aws:SecureTransport': 'true' });

const ACTIONS = ['s:Read', 's:Write', 's:*'];
const RESOURCES = ['arn:1', 'arn:2', '*'];
const PRINCIPALS = {
  everybody: '*',
  role: { AWS: ROLE },
  account: { AWS: ROOT },
  service: { Service: 'sns.amazonaws.com' },
};

interface Draft {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  readonly notAction: boolean;
  readonly resources: readonly string[];
  readonly notResource: boolean;
  readonly principal: keyof typeof PRINCIPALS;
  /** Whether its condition holds for the request. */
  readonly holds: boolean;
}

const draft: fc.Arbitrary<Draft> = fc.record({
  effect: fc.constantFrom('Allow', 'Allow', 'Deny'),
  actions: fc.subarray(ACTIONS, { minLength: 1 }),
  notAction: fc.boolean(),
  resources: fc.subarray(RESOURCES, { minLength: 1 }),
  notResource: fc.boolean(),
  principal: fc.constantFrom('everybody', 'role', 'account', 'service'),
  holds: fc.boolean(),
});

function statements(drafts: readonly Draft[], kind: 'identity' | 'resource'): readonly Statement[] {
  const Statement = drafts.map((one) => ({
    Effect: one.effect,
    [one.notAction ? 'NotAction' : 'Action']: one.actions,
    [one.notResource ? 'NotResource' : 'Resource']: one.resources,
    ...(kind === 'resource' && { Principal: PRINCIPALS[one.principal] }),
    Condition: { Bool: { 'aws:SecureTransport': one.holds } },
  }));
  return parsePolicy({ Version: '2012-10-17', Statement }, { holder: 'h', kind });
}

/** The rules of AWS's documentation, over drafts instead of policies. */
function model(
  caller: 'role' | 'service',
  [action, resource]: readonly [string, string],
  { identity, own, mode }: { identity: readonly Draft[]; own: readonly Draft[]; mode: Policies['mode'] },
): boolean {
  const speaks = (one: Draft): boolean =>
    one.holds &&
    (one.actions.includes(action) || one.actions.includes('s:*')) !== one.notAction &&
    (one.resources.includes(resource) || one.resources.includes('*')) !== one.notResource;
  const isAbout = (one: Draft): boolean =>
    one.principal === 'everybody' || one.principal === caller || (one.principal === 'account' && caller === 'role');
  const fromRole = caller === 'role' ? identity.filter(speaks) : [];
  const fromResource = own.filter((one) => speaks(one) && isAbout(one));
  if ([...fromRole, ...fromResource].some(({ effect }) => effect === 'Deny')) return false;
  const direct = fromResource.some(({ principal }) => principal !== 'account');
  if (mode === 'either') return fromRole.length > 0 || direct;
  return direct || (fromResource.length > 0 && fromRole.length > 0);
}

describe('evaluate', () => {
  it('decides as a small model of the documentation does', () => {
    const drafts = fc.array(draft, { maxLength: 3 });
    fc.assert(
      fc.property(
        fc.constantFrom('role' as const, 'service' as const),
        fc.constantFrom('either' as const, 'resource-first' as const),
        fc.tuple(fc.constantFrom('s:Read', 's:Write'), fc.constantFrom('arn:1', 'arn:2')),
        fc.tuple(drafts, drafts),
        (kind, mode, [action, resource], [identity, own]) => {
          const caller = kind === 'role' ? role : service;
          const policies = {
            identity: kind === 'role' ? statements(identity, 'identity') : [],
            resource: statements(own, 'resource'),
            mode,
          };
          const { allowed } = evaluate({ caller, action, resource, context }, policies);
          expect(allowed).toBe(model(kind, [action, resource], { identity, own, mode }));
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('never allows more when a Deny is added, nor less when an Allow is', () => {
    fc.assert(
      fc.property(fc.array(draft, { maxLength: 3 }), draft, (identity, added) => {
        const decide = (drafts: readonly Draft[]): Decision =>
          evaluate(
            { caller: role, action: 's:Read', resource: 'arn:1', context },
            { identity: statements(drafts, 'identity'), resource: undefined, mode: 'either' },
          );
        const before = decide(identity).allowed;
        const after = decide([...identity, added]).allowed;
        if (added.effect === 'Deny') expect(after && !before).toBe(false);
        else expect(before && !after).toBe(false);
      }),
    );
  });

  const allow = {
    effect: 'Allow',
    actions: ['s:*'],
    resources: ['*'],
    notAction: false,
    notResource: false,
    holds: true,
  };
  const deny = { ...allow, effect: 'Deny' };
  const about = (principal: string): Draft[] => [{ ...allow, principal }] as Draft[];
  it.each([
    { because: 'identity-silent', identity: [], own: [], mode: 'either', caller: role },
    { because: 'identity-denies', identity: [allow, deny], own: [], mode: 'either', caller: role },
    {
      because: 'resource-denies',
      identity: [allow],
      own: [{ ...deny, principal: 'everybody' }],
      mode: 'either',
      caller: role,
    },
    { because: 'resource-silent', identity: [], own: [], mode: 'either', caller: service },
    { because: 'resource-silent', identity: [allow], own: [], mode: 'resource-first', caller: role },
    { because: 'identity-silent', identity: [], own: about('account'), mode: 'resource-first', caller: role },
  ] as const)('says $because', ({ because, identity, own, mode, caller }) => {
    const policies = {
      identity: statements(identity as readonly unknown[] as Draft[], 'identity'),
      resource: statements(own as readonly unknown[] as Draft[], 'resource'),
      mode,
    };
    const decision = evaluate({ caller, action: 's:Read', resource: 'arn:1', context }, policies);
    expect(decision).toEqual({ allowed: false, because });
  });

  it('names the grants that it used, and no others', () => {
    const policy = parsePolicy(
      {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: ['s:Read', 's:Write'], Resource: ['arn:1', 'arn:2', 'arn:*'] },
          { Effect: 'Allow', Action: 's:Read', Resource: 'arn:3' },
        ],
      },
      { holder: 'h', kind: 'identity' },
    );
    const decision = evaluate(
      { caller: role, action: 's:Read', resource: 'arn:1', context },
      { identity: policy, resource: undefined, mode: 'either' },
    );
    const used = decision.allowed ? decision.by.map(({ action, resource }) => [action.text, resource.text]) : [];
    expect(used).toEqual([
      ['s:Read', 'arn:1'],
      ['s:Read', 'arn:*'],
    ]);
  });
});
