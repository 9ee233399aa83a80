import { beforeAll, describe, expect, it } from 'vitest';
import { type Synthesized, shortId, synthesized } from '../synthesized.ts';

let stack: Synthesized;

beforeAll(async () => {
  stack = await synthesized();
});

describe('Data', () => {
  it.each(['AWS::DynamoDB::GlobalTable', 'AWS::S3::Bucket', 'AWS::KMS::Key'])('retains each %s', (type) => {
    const policies = Object.values(stack.template.Resources)
      .filter(({ Type }) => Type === type)
      .map((resource) => resource as unknown as { DeletionPolicy: string; UpdateReplacePolicy: string });
    expect(policies.length).toBeGreaterThan(0);
    for (const policy of policies)
      expect(policy).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });

  it('protects each table from deletion and can restore it to a point in time', () => {
    for (const table of stack.ofType('AWS::DynamoDB::GlobalTable').values()) {
      expect(table).toMatchObject({
        BillingMode: 'PAY_PER_REQUEST',
        Replicas: [
          {
            DeletionProtectionEnabled: true,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          },
        ],
      });
    }
  });

  it('finds sessions by account and by shard', () => {
    expect(stack.only('AWS::DynamoDB::GlobalTable', 'DataSessions')).toMatchObject({
      KeySchema: [{ AttributeName: 'sessionId', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [{ IndexName: 'byAccount' }, { IndexName: 'byShard' }],
    });
  });

  it('lets rows expire where they say so, and never accounts, sessions or endpoints', () => {
    const expiring = [...stack.ofType('AWS::DynamoDB::GlobalTable')]
      .filter(([, table]) => 'TimeToLiveSpecification' in table)
      .map(([id]) => shortId(id));
    expect(expiring.toSorted()).toEqual([
      'DataAnswers',
      'DataAuthState',
      'DataDeliveries',
      'DataJobs',
      'DataLimits',
      'DataMediaFiles',
      'DataMessages',
      'DataTasks',
    ]);
  });

  it('cleans up media by rules of the bucket, which is closed to the public', () => {
    expect(stack.only('AWS::S3::Bucket')).toMatchObject({
      LifecycleConfiguration: {
        Rules: [
          { Prefix: 'in/', ExpirationInDays: 7 },
          { Prefix: 'up/', ExpirationInDays: 30 },
          { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
        ],
      },
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
    });
  });
});
