import { describe, expect, it } from 'vitest';
import { type Caller, PrincipalSchema, parseNotPrincipals, parsePrincipals } from '../../../local/iam/principals.ts';

const ACCOUNT = '000000000000';
const ROOT = `arn:aws:iam::${ACCOUNT}:root`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/Deliver`;
const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/Deliver/f`;
const OTHER = `arn:aws:iam::${ACCOUNT}:role/Other`;
const role: Caller = { kind: 'role', roleArn: ROLE, sessionArn: SESSION, account: ACCOUNT };
const sns: Caller = { kind: 'service', service: 'sns.amazonaws.com' };
const anonymous: Caller = { kind: 'anonymous' };

describe('parsePrincipals', () => {
  it.each([
    ['*', role, 'direct'],
    ['*', sns, 'direct'],
    ['*', anonymous, 'direct'],
    [{ AWS: '*' }, anonymous, 'direct'],
    [{ AWS: ROLE }, role, 'direct'],
    [{ AWS: [OTHER, SESSION] }, role, 'direct'],
    [{ AWS: OTHER }, role, undefined],
    [{ AWS: ROOT }, role, 'account'],
    [{ AWS: ACCOUNT }, role, 'account'],
    [{ AWS: '111111111111' }, role, undefined],
    [{ AWS: ROOT }, sns, undefined],
    [{ Service: 'sns.amazonaws.com' }, sns, 'direct'],
    [{ Service: ['sqs.amazonaws.com'] }, sns, undefined],
    [{ Service: 'sns.amazonaws.com' }, role, undefined],
  ])('%j is about %j: %s', (element, caller, match) => {
    expect(parsePrincipals(PrincipalSchema.parse(element)).match(caller)).toBe(match);
  });

  it.each([{ AWS: `arn:aws:iam::${ACCOUNT}:role/*` }, { AWS: 'Deliver' }, { Service: 'sns' }])(
    'refuses %j',
    (element) => {
      expect(() => parsePrincipals(PrincipalSchema.parse(element))).toThrow(/names the principal/);
    },
  );

  it.each([{ Federated: 'x' }, { CanonicalUser: 'x' }, 'everybody'])('does not read %j', (element) => {
    expect(PrincipalSchema.safeParse(element).success).toBe(false);
  });
});

describe('parseNotPrincipals', () => {
  it.each([
    ['Allow', { AWS: ROLE }, role, undefined],
    ['Allow', { AWS: OTHER }, role, 'direct'],
    ['Deny', { AWS: [ROLE, ROOT] }, role, undefined],
    ['Deny', { AWS: ROLE }, role, 'direct'],
    ['Deny', { AWS: [OTHER, ROOT] }, role, 'direct'],
    ['Deny', { AWS: ROOT }, role, undefined],
    ['Deny', { AWS: ROOT }, sns, 'direct'],
    ['Deny', { Service: 'sns.amazonaws.com' }, sns, undefined],
  ] as const)('%s to all but %j is about %j: %s', (effect, element, caller, match) => {
    expect(parseNotPrincipals(PrincipalSchema.parse(element), effect).match(caller)).toBe(match);
  });
});
