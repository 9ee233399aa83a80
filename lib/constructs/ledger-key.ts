import { Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { AccountRootPrincipal, type IRole, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/** Everything that keeps a key in order, and nothing that encrypts or decrypts. */
const ADMINISTRATION = [
  'kms:Describe*',
  'kms:Get*',
  'kms:List*',
  'kms:Put*',
  'kms:Update*',
  'kms:Enable*',
  'kms:Disable*',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:RevokeGrant',
  'kms:ScheduleKeyDeletion',
  'kms:CancelKeyDeletion',
];

/**
 * What DynamoDB does in the name of whoever puts a table under the key: it takes a grant for its own upkeep and makes the
 * table's key. Reading the table needs `kms:Decrypt` besides, in the name of the reader.
 */
const FOR_TABLES = ['kms:CreateGrant', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncryptTo'];

/** What DynamoDB's documentation of customer managed keys asks of whoever reads and writes items. */
const FOR_ITEMS = [
  'kms:Decrypt',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/**
 * Encrypts the ledger (whoever has it can speak for each number) and the message rows. Roles that are named here may use it,
 * through DynamoDB and for their tables; nobody else in the account, not even its administrators, before they change this
 * policy, which is seen in CloudTrail.
 */
export class LedgerKey extends Key {
  readonly #users: IRole[] = [];

  constructor(scope: Construct, id: string) {
    const policy = new PolicyDocument();
    super(scope, id, {
      description: 'Encrypts the sessions and messages of Pombo',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
      policy,
    });
    const throughDynamo = { 'kms:ViaService': viaDynamo(this) };
    const users = Lazy.list({ produce: () => this.#users.map(({ roleArn }) => roleArn) });
    policy.addStatements(
      new PolicyStatement({
        sid: 'Administration',
        principals: [new AccountRootPrincipal()],
        actions: ADMINISTRATION,
        resources: ['*'],
      }),
      new PolicyStatement({
        sid: 'Tables',
        principals: [new AccountRootPrincipal()],
        actions: FOR_TABLES,
        resources: ['*'],
        conditions: { StringEquals: throughDynamo },
      }),
      new PolicyStatement({
        sid: 'Items',
        // Roles by condition and not as principals: KMS refuses a policy with a role that IAM has not spread yet, and keeps a
        // principal's inner id, so that a role made anew under its old name would be locked out.
        principals: [new AccountRootPrincipal()],
        actions: FOR_ITEMS,
        resources: ['*'],
        conditions: { StringEquals: throughDynamo, ArnEquals: { 'aws:PrincipalArn': users } },
      }),
    );
  }

  /** Lets a role read and write these tables, as far as its grants on the tables go. */
  allow(role: IRole, ...tables: readonly ITable[]): void {
    this.#users.push(role);
    role.addToPrincipalPolicy(
      new PolicyStatement({
        actions: FOR_ITEMS,
        resources: [this.keyArn],
        conditions: {
          StringEquals: {
            'kms:ViaService': viaDynamo(this),
            'kms:EncryptionContext:aws:dynamodb:tableName': tables.map(({ tableName }) => tableName),
          },
        },
      }),
    );
  }
}

function viaDynamo(scope: Construct): string {
  const { region, urlSuffix } = Stack.of(scope);
  return `dynamodb.${region}.${urlSuffix}`;
}
