import { describe, expect, it } from 'vitest';
import { allow, answer, arn, deny, type Enforced, enforced, policy, ref, role } from './iam-fixture.ts';

const ROOT = { AWS: 'arn:aws:iam::000000000000:root' };
const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:Small-Queue';
const send = { action: 'sqs:SendMessage', resource: QUEUE };

describe('Iam, keys', () => {
  const key = (...statements: object[]) => ({
    Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: policy(...statements) } },
  });
  const delegate = allow('kms:*', '*', { Principal: ROOT });
  const decrypt = (setup: Enforced, encryptionContext?: Record<string, string>): string =>
    answer(setup, {
      action: 'kms:Decrypt',
      resource: setup.model.all('AWS::KMS::Key')[0]!.arn,
      encryptionContext,
    });

  it.each([
    ['the account and the role', [delegate], [allow('kms:Decrypt', arn('Key'))], 'allowed'],
    ['the account alone', [delegate], [], /no identity-based policy allows the kms:Decrypt/],
    [
      'nobody',
      [allow('kms:Encrypt', '*', { Principal: ROOT })],
      [allow('kms:*', '*')],
      /no resource-based policy allows the kms:Decrypt/,
    ],
    ['the role itself', [allow('kms:Decrypt', '*', { Principal: { AWS: arn('Role') } })], [], 'allowed'],
    [
      'all but a denied one',
      [delegate, deny('kms:Decrypt', '*', { Principal: '*' })],
      [allow('kms:*', '*')],
      /explicit deny in a resource-based/,
    ],
  ])('decides for a key whose policy allows %s', (_whom, statements, identity, result) => {
    const setup = enforced({ ...key(...statements), Role: role('lambda', ...identity) });
    if (typeof result === 'string') expect(decrypt(setup)).toBe(result);
    else expect(decrypt(setup)).toMatch(result);
  });

  it('leaves a key without a policy to the account', () => {
    const setup = enforced({ Key: { Type: 'AWS::KMS::Key' }, Role: role('lambda', allow('kms:Decrypt', arn('Key'))) });
    expect(decrypt(setup)).toBe('allowed');
    expect(setup.used).toEqual(['Role kms:Decrypt Key', 'Key kms:* *']);
  });

  it('sees the encryption context', () => {
    const Condition = {
      StringEquals: { 'kms:EncryptionContext:accountId': '7' },
      'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['accountId', 'sessionUid'] },
    };
    const setup = enforced({ ...key(delegate), Role: role('lambda', allow('kms:Decrypt', arn('Key'), { Condition })) });
    expect(decrypt(setup, { accountId: '7', sessionUid: 'x' })).toBe('allowed');
    expect(decrypt(setup, { accountId: '8' })).toMatch(/^400/);
    expect(decrypt(setup, { accountId: '7', other: 'x' })).toMatch(/^400/);
    expect(decrypt(setup)).toMatch(/^400/);
  });

  const viaSqs = { Condition: { StringEquals: { 'kms:ViaService': 'sqs.us-east-1.amazonaws.com' } } };
  const encrypted = { Queue: { Type: 'AWS::SQS::Queue', Properties: { KmsMasterKeyId: arn('Key') } } };

  it('asks for the key of an encrypted queue in the name of the caller, through the service', () => {
    const setup = enforced({
      ...key(delegate),
      ...encrypted,
      Role: role(
        'lambda',
        allow('sqs:*', arn('Queue')),
        allow(['kms:GenerateDataKey', 'kms:Decrypt'], arn('Key'), viaSqs),
      ),
    });
    expect(answer(setup, send)).toBe('allowed');
    expect(decrypt(setup)).toMatch(/no identity-based policy/);
  });

  it('leaves a key that is not in the template to the account', () => {
    const KmsMasterKeyId = 'arn:aws:kms:us-east-1:000000000000:key/elsewhere';
    const foreign = { Queue: { Type: 'AWS::SQS::Queue', Properties: { KmsMasterKeyId } } };
    const use = allow(['kms:GenerateDataKey', 'kms:Decrypt'], KmsMasterKeyId);
    const may = enforced({ ...foreign, Role: role('lambda', allow('sqs:*', '*'), use) });
    const mayNot = enforced({ ...foreign, Role: role('lambda', allow('sqs:*', '*')) });
    expect(answer(may, send)).toBe('allowed');
    expect(answer(mayNot, send)).toMatch(/^400 KmsAccessDenied/);
  });

  it.each([
    ['sqs:SendMessage', /^400 KmsAccessDenied: .*kms:GenerateDataKey on resource: arn:aws:kms/],
    ['sqs:ReceiveMessage', /^400 KmsAccessDenied: .*kms:Decrypt on resource: arn:aws:kms/],
    ['sqs:DeleteMessage', /^allowed$/],
  ])('answers %s on an encrypted queue to a role without its key: %s', (action, result) => {
    const setup = enforced({ ...key(delegate), ...encrypted, Role: role('lambda', allow('sqs:*', arn('Queue'))) });
    expect(answer(setup, { action, resource: QUEUE })).toMatch(result);
  });

  it.each([
    ['s3:GetObject', 'arn:aws:s3:::small-bucket/a', /^403 AccessDenied: .*kms:Decrypt/],
    ['s3:PutObject', 'arn:aws:s3:::small-bucket/a', /^403 AccessDenied: .*kms:GenerateDataKey/],
    ['s3:DeleteObject', 'arn:aws:s3:::small-bucket/a', /^allowed$/],
    [
      'dynamodb:GetItem',
      'arn:aws:dynamodb:us-east-1:000000000000:table/Small-Table',
      /^400 AccessDeniedException: .*kms:Decrypt/,
    ],
    [
      'dynamodb:Query',
      'arn:aws:dynamodb:us-east-1:000000000000:table/Small-Table/index/a',
      /^400 AccessDeniedException/,
    ],
    ['dynamodb:DescribeTable', 'arn:aws:dynamodb:us-east-1:000000000000:table/Small-Table', /^allowed$/],
    ['sns:Publish', 'arn:aws:sns:us-east-1:000000000000:Small-Topic', /^400 KMSAccessDenied/],
    ['dynamodb:GetItem', 'arn:aws:dynamodb:us-east-1:000000000000:table/Small-Plain', /^allowed$/],
  ])('answers %s on %s, encrypted with a key that the role may not use: %s', (action, resource, result) => {
    const setup = enforced({
      ...key(delegate),
      Alias: { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/a', TargetKeyId: ref('Key') } },
      Bucket: {
        Type: 'AWS::S3::Bucket',
        Properties: {
          BucketEncryption: {
            ServerSideEncryptionConfiguration: [
              { ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: arn('Key') } },
            ],
          },
        },
      },
      Table: {
        Type: 'AWS::DynamoDB::GlobalTable',
        Properties: { Replicas: [{ SSESpecification: { KMSMasterKeyId: arn('Key') } }] },
      },
      Plain: { Type: 'AWS::DynamoDB::Table', Properties: { SSESpecification: { SSEEnabled: true } } },
      Topic: { Type: 'AWS::SNS::Topic', Properties: { KmsMasterKeyId: 'alias/a' } },
      Own: { Type: 'AWS::SNS::Topic', Properties: { KmsMasterKeyId: 'alias/aws/sns' } },
      Role: role('lambda', allow(['s3:*', 'dynamodb:*', 'sns:*'], '*')),
    });
    expect(answer(setup, { action, resource })).toMatch(result);
  });
});
