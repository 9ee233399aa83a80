import { beforeAll, describe, expect, it } from 'vitest';
import type { AwsRequest } from '../../../local/aws/authorize.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { Iam, OPERATOR_ACCESS_KEY } from '../../../local/iam/iam.ts';
import { buildStackModel, type StackModel } from '../../../local/template/stack-model.ts';
import { TemplateSchema } from '../../../local/template/template-schema.ts';
import { type Synthesized, synthesized } from '../synthesized.ts';

const PLACE = {
  stackName: 'Pombo',
  region: 'us-east-1',
  awsEndpoint: 'http://127.0.0.1:1',
  apiUrl: 'http://127.0.0.1:2',
};
/** Logical ids without the CDK's digits. */
const CONNECTOR = 'ConnectorTaskTaskRole';
const API = 'ApiHealthServiceRole';

type Resources = Synthesized['template']['Resources'];

let resources: Resources;

beforeAll(async () => {
  resources = (await synthesized()).template.Resources;
});

const idOf = (prefix: string): string =>
  Object.keys(resources).find((id) => new RegExp(`^${prefix}[0-9A-F]{8}$`).test(id)) ?? '';
const arn = (prefix: string): object => ({ 'Fn::GetAtt': [idOf(prefix), 'Arn'] });

/** Another role of the stack, given what it should not have. */
const planted = (...Statement: object[]): Resources => ({
  ...resources,
  Planted: {
    Type: 'AWS::IAM::Policy',
    Properties: { PolicyDocument: { Version: '2012-10-17', Statement }, Roles: [{ Ref: idOf(API) }] },
  },
});
const tableGrant = (table: string): object => ({
  Effect: 'Allow',
  Action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:Scan'],
  Resource: arn(table),
});
const keyGrant = (): object => ({ Effect: 'Allow', Action: 'kms:*', Resource: arn('DataLedgerKey') });

interface Asking {
  readonly model: StackModel;
  /** `allowed`, or the sentence of the refusal. */
  readonly ask: (accessKeyId: string, action: string, resource: string, more?: Partial<AwsRequest>) => string;
}

function asking(from: Resources): Asking {
  const model = buildStackModel(TemplateSchema.parse({ Resources: from }), PLACE);
  const iam = new Iam({
    clock: new VirtualClock(0),
    roleOf: (accessKeyId) => model.all('AWS::IAM::Role').find(({ logicalId }) => logicalId === accessKeyId)?.arn,
  });
  iam.enforce(model);
  return {
    model,
    ask(accessKeyId, action, resource, more = {}) {
      const found = [...model.all('AWS::DynamoDB::GlobalTable'), ...model.all('AWS::KMS::Key')].find(
        ({ logicalId }) => logicalId === idOf(resource),
      );
      try {
        iam.authorize({ accessKeyId, action, resource: found?.arn ?? '', ...more });
        return 'allowed';
      } catch (error) {
        return (error as Error).message;
      }
    },
  };
}

const ITEMS = ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:DeleteItem'];

describe.each(['DataAuthState', 'DataMessages'])('the key of %s', (table) => {
  it('lets the connector read and write', () => {
    const { ask } = asking(resources);
    for (const action of ITEMS) expect(ask(idOf(CONNECTOR), action, table)).toBe('allowed');
  });

  it('keeps a role out that has a grant on the table', () => {
    const { ask } = asking(planted(tableGrant(table)));
    expect(ask(idOf(API), 'dynamodb:GetItem', table)).toMatch(/ApiHealth.* kms:Decrypt /);
    expect(ask(idOf(API), 'dynamodb:Query', table)).toMatch(/kms:Decrypt/);
  });

  it('keeps a role out that has a grant on the table and on the key', () => {
    const { ask } = asking(planted(tableGrant(table), keyGrant()));
    expect(ask(idOf(API), 'dynamodb:Scan', table)).toMatch(/kms:Decrypt .*no resource-based policy allows/);
  });

  it('keeps the administrator out, who may do everything that no policy denies', () => {
    expect(asking(resources).ask(OPERATOR_ACCESS_KEY, 'dynamodb:GetItem', table)).toMatch(
      /kms:Decrypt .*no resource-based policy allows/,
    );
  });
});

describe('the ledger key', () => {
  const viaDynamo = { context: { 'kms:ViaService': 'dynamodb.us-east-1.amazonaws.com' } };

  it('lets administrators look after it, and DynamoDB take what it needs to make a table', () => {
    const { ask } = asking(resources);
    for (const action of ['kms:DescribeKey', 'kms:PutKeyPolicy', 'kms:EnableKeyRotation', 'kms:ScheduleKeyDeletion'])
      expect(ask(OPERATOR_ACCESS_KEY, action, 'DataLedgerKey')).toBe('allowed');
    for (const action of ['kms:CreateGrant', 'kms:GenerateDataKey', 'kms:Encrypt'])
      expect(ask(OPERATOR_ACCESS_KEY, action, 'DataLedgerKey', viaDynamo)).toBe('allowed');
  });

  it.each(['kms:Decrypt', 'kms:ReEncryptFrom', 'kms:CreateGrant', 'kms:GenerateDataKey'])(
    'lets nobody call %s directly',
    (action) => {
      const { ask } = asking(resources);
      expect(ask(OPERATOR_ACCESS_KEY, action, 'DataLedgerKey')).toMatch(/no resource-based policy allows/);
      expect(ask(idOf(CONNECTOR), action, 'DataLedgerKey')).not.toBe('allowed');
    },
  );

  it('is rotated, and its rows of other tables are not under it', () => {
    const [key] = Object.entries(resources).filter(([id]) => id === idOf('DataLedgerKey'));
    expect(key?.[1].Properties).toMatchObject({ EnableKeyRotation: true });
    const { model } = asking(resources);
    const arnOfKey = model.all('AWS::KMS::Key').find(({ logicalId }) => logicalId === idOf('DataLedgerKey'))?.arn;
    const under = model
      .all('AWS::DynamoDB::GlobalTable')
      .filter(({ properties }) => JSON.stringify(properties).includes(arnOfKey ?? 'none'));
    expect(under.map(({ logicalId }) => logicalId)).toEqual([idOf('DataAuthState'), idOf('DataMessages')]);
  });

  it('is of no use to the connector for another table', () => {
    const { ask } = asking(resources);
    const tableName = 'kms:EncryptionContext:aws:dynamodb:tableName';
    const other = { context: { ...viaDynamo.context, [tableName]: 'Pombo-Other' } };
    expect(ask(idOf(CONNECTOR), 'kms:Decrypt', 'DataLedgerKey', other)).toMatch(/no identity-based policy allows/);
  });
});
