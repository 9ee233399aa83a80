import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { systemClock } from '#core/domain/clock.ts';
import { type AwsService, startAwsServer } from '../../local/aws/aws-server.ts';
import { createTables } from '../../local/dynamodb/create-tables.ts';
import { DynamoService } from '../../local/dynamodb/dynamo-service.ts';
import { startDynamo } from '../../local/dynamodb/dynoxide-process.ts';
import { S3Service } from '../../local/s3/s3-service.ts';
import { SqsService } from '../../local/sqs/sqs-service.ts';
import { AccessLog } from './access-log.ts';
import { TABLES, tableProperties } from './bed-tables.ts';
import { ShiftedClock } from './shifted-clock.ts';

export const SHARDS = 2;
export const BUCKET = 'media-bucket';

export type BedCloud = Awaited<ReturnType<typeof startBedCloud>>;

/** SQS and DynamoDB as the connector meets them. @param dynamoDelayMs what each call of DynamoDB takes longer, milliseconds */
export async function startBedCloud(dynamoDelayMs: number) {
  const dynamo = await startDynamo({});
  const database = new DatabaseSync(':memory:');
  const defects: unknown[] = [];
  const queueClock = new ShiftedClock();
  const accessLog = new AccessLog();
  const { authorize } = accessLog;
  const endpoint = (): string => server.endpoint;
  const sqsService: SqsService = new SqsService({ clock: queueClock, database, endpoint, authorize });
  const tableService = new DynamoService({ endpoint: dynamo.endpoint, clock: systemClock, authorize });
  const folder = mkdtempSync(path.join(tmpdir(), 'pombo-s3-'));
  const s3 = new S3Service({ clock: systemClock, database, folder, secretOf: () => 'secret', authorize });
  s3.createBucket(BUCKET);
  const server = await startAwsServer({
    services: new Map<string, AwsService>([
      ['s3', s3],
      ['sqs', sqsService],
      ['dynamodb', delayed(tableService, dynamoDelayMs)],
    ]),
    onDefect: (error) => defects.push(error),
  });
  const access = {
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
  };
  const sqs = new SQSClient(access);
  const tables = DynamoDBDocumentClient.from(new DynamoDBClient(access), {
    marshallOptions: { removeUndefinedValues: true },
  });
  await createTables(
    tableService,
    TABLES.map((name) => ({ name, properties: tableProperties(name) })),
  );
  const outbound = await Promise.all(
    Array.from({ length: SHARDS }, (_, shard) => queue(sqs, `outbound-${shard}.fifo`)),
  );
  const [events, bulk] = await Promise.all([queue(sqs, 'events.fifo'), queue(sqs, 'bulk')]);
  return {
    endpoint: server.endpoint,
    /** Of the database behind the tables, which asks nobody for permission and counts nothing. */
    databaseEndpoint: dynamo.endpoint,
    tables,
    sqs,
    outbound,
    eventQueues: [events, bulk] as const,
    defects,
    accessLog,
    queueClock,
    async close(): Promise<void> {
      sqs.destroy();
      tables.destroy();
      sqsService.close();
      await server.close();
      await s3.close();
      await tableService.close();
      await dynamo.close();
      database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** @returns the new queue's URL */
async function queue(sqs: SQSClient, name: string): Promise<string> {
  const fifo = name.endsWith('.fifo') ? { FifoQueue: 'true' } : {};
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: fifo }));
  return QueueUrl;
}

/** A service that answers later. */
function delayed(service: AwsService, delayMs: number): AwsService {
  if (delayMs === 0) return service;
  return {
    async handle(...call) {
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      await service.handle(...call);
    },
  };
}
