import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readGrantRecord, recordGrants } from '../../../local/iam/grant-record.ts';
import { grantLine, grantsOf, resourceNames, unusedGrants } from '../../../local/iam/grants.ts';
import { allow, arn, enforced, policy, type Resources, role } from './iam-fixture.ts';

const indexes = (id: string) => ({ 'Fn::Join': ['', [arn(id), '/index/*']] });
const table = { Type: 'AWS::DynamoDB::Table' };

const RESOURCES: Resources = {
  Outbound0Queue52166393: { Type: 'AWS::SQS::Queue' },
  Outbound1QueueB2CF5E33: { Type: 'AWS::SQS::Queue' },
  EventsQueue: { Type: 'AWS::SQS::Queue' },
  Table: table,
  TableCopy: table,
  Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: policy() } },
  Role: {
    ...role('lambda'),
    Properties: {
      ...role(
        'lambda',
        allow('sqs:SendMessage', [arn('Outbound0Queue52166393'), arn('Outbound1QueueB2CF5E33'), arn('EventsQueue')]),
        allow(['dynamodb:GetItem', 'dynamodb:Query'], [arn('Table'), indexes('Table')]),
        allow('kms:Decrypt', arn('Key')),
        allow('logs:PutLogEvents', '*'),
        { Effect: 'Deny', Action: 's3:*', Resource: '*' },
      ).Properties,
      ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'],
    },
  },
};

const { iam, model } = enforced(RESOURCES);
const grants = grantsOf(iam.policies, resourceNames(model));
const ALL = [
  'Role sqs:SendMessage Outbound0Queue52166393',
  'Role sqs:SendMessage Outbound1QueueB2CF5E33',
  'Role sqs:SendMessage EventsQueue',
  'Role dynamodb:GetItem Table',
  'Role dynamodb:Query Table',
  'Role dynamodb:Query Table/index/*',
  'Role kms:Decrypt Key',
];

describe('grantsOf', () => {
  it('lists what callers could use, by logical ids: no denials, nothing of agents of AWS, no items of indexes', () => {
    expect(grants.map(grantLine)).toEqual(ALL);
  });

  it('does not take one resource for another whose name begins the same', () => {
    const names = resourceNames(model);
    expect(names('arn:aws:dynamodb:us-east-1:000000000000:table/Small-TableCopy')).toBe('TableCopy');
    expect(names('arn:aws:dynamodb:us-east-1:000000000000:table/Small-Tables')).toMatch(/Small-Tables$/);
  });
});

describe('unusedGrants', () => {
  const unused = (...used: string[]): string[] => unusedGrants(grants, new Set(used)).map(grantLine);

  it('names each family of siblings once when nothing was used', () => {
    expect(unused()).toEqual([ALL[0], ALL[2], ALL[3], ALL[4], ALL[6]]);
  });

  it('takes one shard for all, and an index for its table', () => {
    expect(unused(ALL[1] ?? '', ALL[5] ?? '')).toEqual([ALL[2], ALL[3], ALL[6]]);
  });

  it('is empty when all were used, whatever else the record has', () => {
    expect(unused(...ALL, 'OldRole sqs:SendMessage Gone')).toEqual([]);
  });
});

describe('recordGrants', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'pombo-grants-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('writes each grant once; several recorders share a file', () => {
    const file = path.join(folder, 'used');
    expect(readGrantRecord(file)).toEqual(new Set());
    const [first, second] = [recordGrants(file), recordGrants(file)];
    for (const grant of grants.slice(0, 2)) for (const record of [first, first, second]) record(grant);
    expect(readGrantRecord(file)).toEqual(new Set(ALL.slice(0, 2)));
    const lines = 2 * 2;
    expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toHaveLength(lines);
  });
});
