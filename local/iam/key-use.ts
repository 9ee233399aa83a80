import * as z from 'zod';
import { LOCAL_ACCOUNT } from '../template/physical-names.ts';
import type { StackModel } from '../template/stack-model.ts';

/** What a service does with a customer's key in the name of its caller. */
export interface KeyUse {
  /** Such as `kms:Decrypt`. */
  readonly action: string;
  readonly keyArn: string;
  /** Condition keys of the request to KMS. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

/** Which requests need a customer's key, and what for. Nothing for what AWS encrypts with keys of its own. */
export type KeyUses = (action: string, resource: string) => readonly KeyUse[];

interface EncryptingService {
  /** KMS actions by action of the service, from the service's documentation on encryption at rest. */
  readonly needs: (action: string) => readonly string[];
  /** Encryption context that the service gives KMS. */
  readonly encryptionContext: (arn: string) => Readonly<Record<string, string>>;
}

const SERVICES: ReadonlyMap<string, EncryptingService> = new Map<string, EncryptingService>([
  [
    'sqs',
    {
      needs: (action) =>
        action === 'sqs:SendMessage'
          ? ['kms:GenerateDataKey', 'kms:Decrypt']
          : action === 'sqs:ReceiveMessage'
            ? ['kms:Decrypt']
            : [],
      encryptionContext: (arn) => ({ 'aws:sqs:arn': arn }),
    },
  ],
  [
    'sns',
    {
      needs: (action) => (action === 'sns:Publish' ? ['kms:GenerateDataKey', 'kms:Decrypt'] : []),
      encryptionContext: (arn) => ({ 'aws:sns:topicArn': arn }),
    },
  ],
  [
    's3',
    {
      needs: (action) =>
        action === 's3:PutObject' ? ['kms:GenerateDataKey'] : action === 's3:GetObject' ? ['kms:Decrypt'] : [],
      encryptionContext: (arn) => ({ 'aws:s3:arn': arn }),
    },
  ],
  [
    'dynamodb',
    {
      needs: (action) => (/Item$|:Query$|:Scan$/.test(action) ? ['kms:Decrypt'] : []),
      encryptionContext: (arn) => ({
        'aws:dynamodb:tableName': arn.slice(arn.indexOf('/') + 1),
        'aws:dynamodb:subscriberId': LOCAL_ACCOUNT,
      }),
    },
  ],
]);

/** Reads from the template which queues, topics, buckets and tables are encrypted with a customer's key. */
export function readKeyUses(model: StackModel): KeyUses {
  const keyOf = encryptedResources(model);
  return (action, resource) => {
    const service = action.slice(0, action.indexOf(':'));
    const encrypting = SERVICES.get(service);
    const arn = protectedBy(resource);
    const keyArn = keyOf.get(arn);
    if (!encrypting || keyArn === undefined) return [];
    const pairs = encrypting.encryptionContext(arn);
    const context = {
      'kms:ViaService': `${service}.${model.place.region}.amazonaws.com`,
      'kms:EncryptionContextKeys': Object.keys(pairs),
      ...encryptionContextKeys(pairs),
    };
    return encrypting.needs(action).map((need) => ({ action: need, keyArn, context }));
  };
}

/** Condition keys of an encryption context. */
export const encryptionContextKeys = (pairs: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(pairs).map(([name, value]) => [`kms:EncryptionContext:${name}`, value]));

/** ARN of the queue, topic, bucket or table that an ARN is in: of an object its bucket, of an index its table. */
export function protectedBy(resource: string): string {
  if (resource.startsWith('arn:aws:s3:')) return resource.split('/')[0] ?? resource;
  if (resource.startsWith('arn:aws:dynamodb:')) return resource.split('/').slice(0, 2).join('/');
  return resource;
}

const text = z.string().optional();
const sse = z.object({ KMSMasterKeyId: text }).optional();
const QueueSchema = z.object({ KmsMasterKeyId: text });
const TableSchema = z.object({
  SSESpecification: sse,
  Replicas: z.array(z.object({ SSESpecification: sse })).default([]),
});
const BucketSchema = z.object({
  BucketEncryption: z
    .object({
      ServerSideEncryptionConfiguration: z.array(
        z.object({ ServerSideEncryptionByDefault: z.object({ KMSMasterKeyID: text }).optional() }),
      ),
    })
    .optional(),
});

function encryptedResources(model: StackModel): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  const add = (arn: string, reference: string | undefined): void => {
    // `alias/aws/…` are AWS's own keys, whose policies let every caller of the account use them through the service.
    if (reference === undefined || /(^|:)alias\/aws\//.test(reference)) return;
    const alias = model.all('AWS::KMS::Alias').find(({ properties }) => reference.endsWith(properties.AliasName));
    const target = alias?.properties.TargetKeyId ?? reference;
    const own = model.all('AWS::KMS::Key').find((key) => [key.ref, key.arn].includes(target));
    keys.set(arn, own?.arn ?? target);
  };
  for (const { arn, properties } of model.all('AWS::SQS::Queue'))
    add(arn, QueueSchema.parse(properties).KmsMasterKeyId);
  for (const { arn, properties } of model.all('AWS::SNS::Topic')) add(arn, properties.KmsMasterKeyId);
  for (const { arn, properties } of model.all('AWS::S3::Bucket'))
    for (const rule of BucketSchema.parse(properties).BucketEncryption?.ServerSideEncryptionConfiguration ?? [])
      add(arn, rule.ServerSideEncryptionByDefault?.KMSMasterKeyID);
  for (const { arn, properties } of [
    ...model.all('AWS::DynamoDB::GlobalTable'),
    ...model.all('AWS::DynamoDB::Table'),
  ]) {
    const { SSESpecification, Replicas } = TableSchema.parse(properties);
    add(arn, SSESpecification?.KMSMasterKeyId ?? Replicas[0]?.SSESpecification?.KMSMasterKeyId);
  }
  return keys;
}
