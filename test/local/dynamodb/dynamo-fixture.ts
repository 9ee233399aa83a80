import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clock } from '#core/domain/clock.ts';
import { type AwsServer, startAwsServer } from '../../../local/aws/aws-server.ts';
import { DynamoService, type DynamoServiceOptions } from '../../../local/dynamodb/dynamo-service.ts';
import { type Dynamo, type DynamoOptions, startDynamo } from '../../../local/dynamodb/dynoxide-process.ts';

export interface DynamoFixture {
  readonly dynamo: Dynamo;
  readonly service: DynamoService;
  readonly server: AwsServer;
  readonly client: DynamoDBClient;
  readonly defects: unknown[];
  close(): Promise<void>;
}

/** The binary, the service in front of it and an SDK client of role `ROLEA`. */
export async function startFixture(
  clock: Clock,
  options: DynamoOptions & Pick<DynamoServiceOptions, 'authorize' | 'beforeCall'> = {},
): Promise<DynamoFixture> {
  const dynamo = await startDynamo(options);
  const service = new DynamoService({ ...options, endpoint: dynamo.endpoint, clock, region: 'eu-west-1' });
  const defects: unknown[] = [];
  const server = await startAwsServer({
    services: new Map([['dynamodb', service]]),
    onDefect: (error) => defects.push(error),
  });
  const client = new DynamoDBClient({
    endpoint: server.endpoint,
    region: 'eu-west-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'ROLEA', secretAccessKey: 'secret' },
  });
  return {
    dynamo,
    service,
    server,
    client,
    defects,
    async close() {
      client.destroy();
      await server.close();
      await service.close();
      await dynamo.close();
    },
  };
}

/** Properties of a table as CDK's TableV2 writes them. */
export const EVENTS_TABLE = {
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
    { AttributeName: 'status', AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  BillingMode: 'PAY_PER_REQUEST',
  GlobalSecondaryIndexes: [
    {
      IndexName: 'byStatus',
      KeySchema: [
        { AttributeName: 'status', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
  Replicas: [
    {
      Region: 'eu-west-1',
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    },
  ],
  SSESpecification: { SSEEnabled: true },
  TimeToLiveSpecification: { AttributeName: 'expires_at', Enabled: true },
};
