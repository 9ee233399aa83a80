import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  CfnGlobalTable,
  type GlobalSecondaryIndexPropsV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import {
  Index,
  MediaPrefix,
  RECEIVED_MEDIA_DAYS,
  TableKeys,
  TTL_ATTRIBUTE,
  UPLOADED_MEDIA_DAYS,
} from '#core/resource-names.ts';
import type { Deployment } from '../config/deployment.ts';
import { LedgerKey } from './ledger-key.ts';

type TableName = keyof typeof TableKeys;

const text = (name: string): { name: string; type: AttributeType } => ({ name, type: AttributeType.STRING });

const SESSION_INDEXES: GlobalSecondaryIndexPropsV2[] = [
  { indexName: Index.sessionsByAccount, partitionKey: text('accountId'), sortKey: text('sessionId') },
  {
    indexName: Index.sessionsByShard,
    partitionKey: { name: 'shard', type: AttributeType.NUMBER },
    sortKey: text('sessionUid'),
  },
];

/** Has the endpoints that want to hear of queues, and no others. */
const ENDPOINT_INDEXES: GlobalSecondaryIndexPropsV2[] = [
  { indexName: Index.endpointsByMonitoring, partitionKey: text('monitoring'), sortKey: text('endpointId') },
];

interface TableOptions {
  /** Whether rows have a time to live. */
  readonly expires?: boolean;
  readonly indexes?: GlobalSecondaryIndexPropsV2[];
  /** A key of the table's own; @default the customer's, else DynamoDB's */
  readonly key?: IKey;
}

/**
 * Everything that holds state: a customer's data lives here and nowhere else. Retained when the stack goes, protected from
 * deletion, restorable to any second of the last 35 days. The logical ids are locked by a committed list, because a
 * changed one is an empty table in the place of a full one.
 */
export class Data extends Construct {
  readonly tables: Readonly<Record<TableName, TableV2>>;
  readonly media: Bucket;
  /** Webhook secrets are encrypted under it. */
  readonly secretsKey: Key;
  /** Of the tables authState and messages: who has a grant on them needs `ledgerKey.allow` too. */
  readonly ledgerKey: LedgerKey;

  readonly #customerKey: IKey | undefined;

  constructor(scope: Construct, id: string, { customerKey }: Pick<Deployment, 'customerKey'>) {
    super(scope, id);
    this.#customerKey = customerKey;
    this.ledgerKey = new LedgerKey(this, 'LedgerKey');
    this.tables = {
      accounts: this.table('Accounts', TableKeys.accounts),
      sessions: this.table('Sessions', TableKeys.sessions, { indexes: SESSION_INDEXES }),
      endpoints: this.table('Endpoints', TableKeys.endpoints, { indexes: ENDPOINT_INDEXES }),
      deliveries: this.table('Deliveries', TableKeys.deliveries, { expires: true }),
      answers: this.table('Answers', TableKeys.answers, { expires: true }),
      tasks: this.table('Tasks', TableKeys.tasks, { expires: true }),
      authState: this.table('AuthState', TableKeys.authState, { expires: true, key: this.ledgerKey }),
      messages: this.table('Messages', TableKeys.messages, { expires: true, key: this.ledgerKey }),
      endpointStates: this.table('EndpointStates', TableKeys.endpointStates),
      backlog: this.table('Backlog', TableKeys.backlog),
      limits: this.table('Limits', TableKeys.limits, { expires: true }),
      jobs: this.table('Jobs', TableKeys.jobs, { expires: true }),
      templates: this.table('Templates', TableKeys.templates),
      media: this.table('MediaFiles', TableKeys.media, { expires: true }),
    };
    this.media = this.mediaBucket();
    this.secretsKey = new Key(this, 'SecretsKey', {
      description: 'Encrypts the webhook secrets of Pombo',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  private table(id: string, keys: { readonly pk: string; readonly sk?: string }, options: TableOptions = {}): TableV2 {
    const table = new TableV2(this, id, {
      partitionKey: text(keys.pk),
      ...(keys.sk === undefined ? {} : { sortKey: text(keys.sk) }),
      ...(options.expires ? { timeToLiveAttribute: TTL_ATTRIBUTE } : {}),
      ...(options.indexes ? { globalSecondaryIndexes: options.indexes } : {}),
      billing: Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const key = options.key ?? this.#customerKey;
    if (key) encryptUnder(key, table);
    return table;
  }

  private mediaBucket(): Bucket {
    return new Bucket(this, 'Media', {
      ...(this.#customerKey
        ? // With a key of the bucket's own below it, KMS is asked once in a while and not for each file.
          { encryption: BucketEncryption.KMS, encryptionKey: this.#customerKey, bucketKeyEnabled: true }
        : { encryption: BucketEncryption.S3_MANAGED }),
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [
        { id: 'inbound', prefix: MediaPrefix.received, expiration: Duration.days(RECEIVED_MEDIA_DAYS) },
        { id: 'uploaded', prefix: MediaPrefix.uploaded, expiration: Duration.days(UPLOADED_MEDIA_DAYS) },
        { id: 'unfinished', abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
    });
  }
}

/** TableV2 takes a key only where account and region are known at synthesis, which would need an account to look at. */
function encryptUnder(key: IKey, table: TableV2): void {
  const resource = table.node.defaultChild;
  if (!(resource instanceof CfnGlobalTable)) throw new Error(`${table.node.path} is no global table`);
  resource.sseSpecification = { sseEnabled: true, sseType: 'KMS' };
  resource.addPropertyOverride('Replicas.0.SSESpecification', { KMSMasterKeyId: key.keyArn });
}
