import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../local/iam/policy-document.ts';

const statement = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' };
const read = (Statement: object, kind: 'identity' | 'resource' | 'trust' = 'identity', more: object = {}) =>
  parsePolicy({ Version: '2012-10-17', Statement, ...more }, { holder: 'SomeRole', kind });

describe('parsePolicy', () => {
  it('reads one statement or several, one text or several', () => {
    expect(read(statement)).toHaveLength(1);
    const [first, second] = read([
      { ...statement, Sid: 'a' },
      { ...statement, Action: ['a:B', 'c:D'] },
    ]);
    expect([first?.holder, second?.actions.patterns.map(({ text }) => text)]).toEqual(['SomeRole', ['a:B', 'c:D']]);
  });

  it('gives a trust policy no resource, and its principal', () => {
    const [trust] = read(
      { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
      'trust',
    );
    expect(trust?.principals?.match({ kind: 'service', service: 'lambda.amazonaws.com' })).toBe('direct');
  });

  it.each([
    [{ ...statement, Effect: 'Maybe' }, /not a policy/],
    [{ ...statement, Actions: 'a' }, /not a policy/],
    [{ Effect: 'Allow', Resource: '*' }, /either Action or NotAction/],
    [{ ...statement, NotAction: 'a:B' }, /either Action or NotAction/],
    [{ Effect: 'Allow', Action: 'a:B' }, /either Resource or NotResource/],
    [{ ...statement, Principal: '*' }, /policy of a role names a principal/],
    [{ ...statement, Condition: { IpAddress: { 'aws:SourceIp': '::1' } } }, /^SomeRole: A policy has/],
  ])('refuses %j', (given, message) => {
    expect(() => read(given)).toThrow(message);
  });

  it("refuses a resource's policy that is about nobody", () => {
    expect(() => read(statement, 'resource')).toThrow(/either Principal or NotPrincipal/);
    const both = { ...statement, Principal: '*', NotPrincipal: '*' };
    expect(() => read(both, 'resource')).toThrow(/either Principal or NotPrincipal/);
  });

  it('refuses the older version, which has no variables', () => {
    expect(() => read(statement, 'identity', { Version: '2008-10-17' })).toThrow(/not a policy/);
  });
});
