import { describe, expect, it } from 'vitest';
import { grantFindings, usedGrants } from '../../bin/gates/unused-grants.ts';
import { type Grant, grantLine } from '../../local/iam/grants.ts';

const grant = (action: string, resource: string): Grant => ({ holder: 'Role', action, resource });
const GRANTS = [
  grant('sqs:SendMessage', 'Outbound0Queue52166393'),
  grant('sqs:SendMessage', 'Outbound1QueueB2CF5E33'),
  grant('dynamodb:GetItem', 'Table'),
  grant('sqs:GetQueueUrl', 'Queue'),
];
const [, outbound, table, url] = GRANTS.map(grantLine) as [string, string, string, string];
const acknowledged = [{ pattern: /^Role sqs:GetQueueUrl /, reason: 'comes with the others' }];

describe('grantFindings', () => {
  it('finds nothing when each grant was used, by a sibling too, or has a reason', () => {
    expect(grantFindings(GRANTS, new Set([outbound, table]), acknowledged)).toEqual([]);
  });

  it('finds grants that were never used, that are gone, and reasons without a grant', () => {
    expect(grantFindings(GRANTS, new Set([table, 'Role s3:GetObject Bucket', url]), acknowledged)).toEqual([
      expect.stringContaining('no test has used the grant Role sqs:SendMessage Outbound'),
      expect.stringContaining('Role s3:GetObject Bucket is not granted any more'),
      expect.stringContaining('is acknowledged'),
    ]);
  });
});

describe('usedGrants', () => {
  it('is the same whichever shard a test has used, and leaves out what other stacks record', () => {
    const of = (...lines: string[]): string[] => usedGrants(GRANTS, new Set(lines)).map(grantLine);
    const [first] = GRANTS.map(grantLine) as [string];
    expect(of(first, table, 'workRole sqs:SendMessage Queue')).toEqual(of(outbound, table));
    expect(of(first, table)).toHaveLength(2);
  });
});
