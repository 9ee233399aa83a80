import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { json } from 'node:stream/consumers';
import { CreateTableCommand, type CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { makeDocumentClient } from '#core/adapters/clients/document-client.ts';
import { makeSqsClient } from '#core/adapters/clients/sqs-client.ts';
import { makeAccountRepository } from '#core/adapters/dynamodb/account-repository.ts';
import { systemClock } from '#core/domain/clock.ts';
import { Env, Index, TableKeys } from '#core/resource-names.ts';
import { type AwsService, startAwsServer } from '../../../local/aws/aws-server.ts';
import { AwsError } from '../../../local/aws/json-protocol.ts';
import { CloudWatchService } from '../../../local/cloudwatch/cloudwatch-service.ts';
import { MetricStore } from '../../../local/cloudwatch/metric-store.ts';
import { DynamoService } from '../../../local/dynamodb/dynamo-service.ts';
import { startDynamo } from '../../../local/dynamodb/dynoxide-process.ts';
import { KmsService } from '../../../local/kms/kms-service.ts';
import { S3Service } from '../../../local/s3/s3-service.ts';
import { SqsService } from '../../../local/sqs/sqs-service.ts';
import { StepFunctions } from '../../../local/states/step-functions.ts';

export const SHARDS = 2;
export const RETRY_MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:retry';
export const RECOVERY_MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:recovery';
export const REPLAY_MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:replay';
export const BUCKET = 'media-bucket';
export const VERSION = '9.9.9';

/** One task that hands its input to the test and succeeds. */
const RETRY_DEFINITION = JSON.stringify({
  QueryLanguage: 'JSONata',
  StartAt: 'Again',
  States: { Again: { Type: 'Pass', End: true } },
});

/** Every AWS service that functions call, emulated behind one server; the environment that points functions at it. */
export async function startAws(options: { readonly privateTargets?: string } = {}) {
  const dynamo = await startDynamo({});
  const database = new DatabaseSync(':memory:');
  let isDynamoDown = false;
  const dynamoService = new DynamoService({
    endpoint: dynamo.endpoint,
    clock: systemClock,
    beforeCall: () => (isDynamoDown ? new AwsError('InternalServerError', 'down', 500) : undefined),
  });
  const sqs: SqsService = new SqsService({ clock: systemClock, database, endpoint: () => server.endpoint });
  const kms = new KmsService({ clock: systemClock, database });
  const states = new StepFunctions({
    clock: systemClock,
    database,
    tasks: { invoke: () => Promise.reject(new Error('no task is called here')) },
  });
  for (const [name, arn] of Object.entries({
    retry: RETRY_MACHINE,
    recovery: RECOVERY_MACHINE,
    replay: REPLAY_MACHINE,
  })) {
    states.createStateMachine({ name, arn, definition: RETRY_DEFINITION, roleArn: 'arn:role' });
  }
  const metrics = new MetricStore(systemClock);
  const folder = mkdtempSync(path.join(tmpdir(), 'pombo-s3-'));
  const s3 = new S3Service({ clock: systemClock, database, folder, secretOf: () => 'test' });
  s3.createBucket(BUCKET);
  const started: unknown[] = [];
  let isLambdaDown = false;
  const lambda: AwsService = {
    async handle(request, response) {
      if (isLambdaDown) return void response.writeHead(429).end();
      started.push(await json(request));
      response.writeHead(202).end();
    },
  };
  const services = new Map<string, AwsService>([
    ['dynamodb', dynamoService],
    ['sqs', sqs],
    ['kms', kms],
    ['states', states],
    ['s3', s3],
    ['lambda', lambda],
    ['monitoring', new CloudWatchService({ store: metrics })],
  ]);
  const defects: unknown[] = [];
  const server = await startAwsServer({ services, onDefect: (error) => defects.push(error) });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: server.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'TEST',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_MAX_ATTEMPTS: '1',
  });
  const documents = makeDocumentClient();
  const queues = makeSqsClient();
  await createTables(documents);
  const createQueue = async (name: string): Promise<string> => {
    const Attributes = name.endsWith('.fifo') ? { FifoQueue: 'true' } : {};
    return (await queues.send(new CreateQueueCommand({ QueueName: name, Attributes }))).QueueUrl ?? '';
  };
  const outbound = await Promise.all(Array.from({ length: SHARDS }, (_, i) => createQueue(`outbound-${i}.fifo`)));
  const urls = {
    events: await createQueue('events.fifo'),
    bulk: await createQueue('bulk'),
    outboundDead: await createQueue('outbound-dead.fifo'),
    eventsDead: await createQueue('events-dead.fifo'),
    bulkDead: await createQueue('bulk-dead'),
    deadDeliveries: await createQueue('dead-deliveries'),
  };
  const { keyId } = kms.createKey('Secrets', {});
  Object.assign(process.env, {
    ...Object.fromEntries(Object.keys(TableKeys).map((name) => [Env[`${name as keyof typeof TableKeys}Table`], name])),
    [Env.outboundQueueUrls]: outbound.join(','),
    [Env.outboundDeadLetterQueueUrl]: urls.outboundDead,
    [Env.eventsQueueUrl]: urls.events,
    [Env.eventsDeadLetterQueueUrl]: urls.eventsDead,
    [Env.bulkQueueUrl]: urls.bulk,
    [Env.bulkDeadLetterQueueUrl]: urls.bulkDead,
    [Env.secretsKeyId]: keyId,
    [Env.mediaBucket]: BUCKET,
    [Env.fetchMediaFunction]: 'fetch-media',
    [Env.retryStateMachineArn]: RETRY_MACHINE,
    [Env.recoveryStateMachineArn]: RECOVERY_MACHINE,
    [Env.replayStateMachineArn]: REPLAY_MACHINE,
    [Env.deadDeliveriesQueueUrl]: urls.deadDeliveries,
    [Env.failureTopicArn]: 'arn:aws:sns:us-east-1:000000000000:failures',
    [Env.privateTargets]: options.privateTargets ?? '',
    [Env.version]: VERSION,
    [Env.logLevel]: 'error',
  });
  const accounts = makeAccountRepository({
    dynamo: documents,
    tableName: 'accounts',
    clock: systemClock,
    random: randomBytes,
  });

  /** Takes what waits in a queue, bodies parsed. */
  const take = async (queueUrl: string): Promise<unknown[]> => {
    const found: unknown[] = [];
    for (;;) {
      const { Messages = [] } = await queues.send(
        new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }),
      );
      if (Messages.length === 0) return found;
      for (const { ReceiptHandle } of Messages) {
        await queues.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
      }
      found.push(...Messages.map(({ Body = '' }) => JSON.parse(Body) as unknown));
    }
  };

  return {
    /** Lets every call of DynamoDB fail, or work again. */
    setDynamoDown: (down: boolean) => {
      isDynamoDown = down;
    },
    /** Lets Lambda refuse every call, or take them again. */
    setLambdaDown: (down: boolean) => {
      isLambdaDown = down;
    },
    /** Events of functions that were started asynchronously; they run nowhere. */
    takeStarted: () => started.splice(0),
    accounts,
    documents,
    queues,
    states,
    sqs,
    metrics,
    urls: { ...urls, outbound },
    take,
    /** Everything that waits in the outbound queues. */
    takeOutbound: async () => (await Promise.all(outbound.map(take))).flat(),
    /** An account with a key. */
    async newAccount(name = 'test') {
      const { accountId } = await accounts.createAccount(name);
      const { apiKey } = await accounts.createApiKey({ accountId, name });
      return { accountId, apiKey };
    },
    async stop() {
      documents.destroy();
      queues.destroy();
      sqs.close();
      await server.close();
      await dynamoService.close();
      await dynamo.close();
      await s3.close();
      database.close();
      rmSync(folder, { recursive: true });
      if (defects.length > 0) throw new AggregateError(defects, 'The emulator failed.');
    },
  };
}

export type AwsTestBed = Awaited<ReturnType<typeof startAws>>;

async function createTables(documents: ReturnType<typeof makeDocumentClient>): Promise<void> {
  const indexes: CreateTableCommandInput['GlobalSecondaryIndexes'] = [
    {
      IndexName: Index.sessionsByAccount,
      KeySchema: [
        { AttributeName: 'accountId', KeyType: 'HASH' },
        { AttributeName: 'sessionId', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'ALL' },
    },
  ];
  for (const [name, keys] of Object.entries(TableKeys)) {
    const sk = 'sk' in keys ? keys.sk : undefined;
    const more = name === 'sessions' ? ['accountId'] : [];
    await documents.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: keys.pk, KeyType: 'HASH' },
          ...(sk ? [{ AttributeName: sk, KeyType: 'RANGE' } as const] : []),
        ],
        AttributeDefinitions: [keys.pk, ...(sk ? [sk] : []), ...more].map((AttributeName) => ({
          AttributeName,
          AttributeType: 'S' as const,
        })),
        ...(name === 'sessions' ? { GlobalSecondaryIndexes: indexes } : {}),
      }),
    );
  }
}
