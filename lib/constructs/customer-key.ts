import { Stack } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Deployment } from '../config/deployment.ts';

/** Services whose data the programs read and write, and that ask KMS in the program's name. */
const THROUGH = ['dynamodb', 'sqs', 's3', 'sns'];

/**
 * What DynamoDB's and SQS's documentation of customer managed keys asks of whoever reads and writes. The wildcards of that
 * documentation (`ReEncrypt*`, `GenerateDataKey*`) are written out.
 */
const USES = [
  'kms:Encrypt',
  'kms:Decrypt',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:DescribeKey',
];

/** Lets a program use what is encrypted under the customer's key, through AWS's services only. Nothing without such a key. */
export function allowCustomerKey({ customerKey }: Deployment, program: IGrantable): void {
  if (!customerKey) return;
  const { region, urlSuffix } = Stack.of(customerKey);
  program.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({
      actions: USES,
      resources: [customerKey.keyArn],
      conditions: { StringEquals: { 'kms:ViaService': THROUGH.map((service) => `${service}.${region}.${urlSuffix}`) } },
    }),
  );
}
