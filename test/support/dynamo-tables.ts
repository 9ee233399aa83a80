import { CreateTableCommand, DynamoDBClient, type GlobalSecondaryIndex } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { systemClock } from '#core/domain/clock.ts';
import { Index, TableKeys } from '#core/resource-names.ts';
import { startAwsServer } from '../../local/aws/aws-server.ts';
import { DynamoService } from '../../local/dynamodb/dynamo-service.ts';
import { startDynamo } from '../../local/dynamodb/dynoxide-process.ts';

type TableName = keyof typeof TableKeys;

const BY_MONITORING: GlobalSecondaryIndex = {
  IndexName: Index.endpointsByMonitoring,
  KeySchema: [
    { AttributeName: 'monitoring', KeyType: 'HASH' },
    { AttributeName: 'endpointId', KeyType: 'RANGE' },
  ],
  Projection: { ProjectionType: 'ALL' },
};

/** Tables of ours, empty, in the emulated DynamoDB; each has its name in `TableKeys`. */
export async function startTables(...names: readonly TableName[]) {
  const database = await startDynamo({});
  const service = new DynamoService({ endpoint: database.endpoint, clock: systemClock });
  const defects: unknown[] = [];
  const server = await startAwsServer({
    services: new Map([['dynamodb', service]]),
    onDefect: (defect) => defects.push(defect),
  });
  const dynamo = DynamoDBDocumentClient.from(
    new DynamoDBClient({
      endpoint: server.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'TEST', secretAccessKey: 'test' },
    }),
    { marshallOptions: { removeUndefinedValues: true } },
  );
  for (const name of names) await dynamo.send(new CreateTableCommand(definitionOf(name)));

  const rows = async (name: TableName): Promise<Record<string, unknown>[]> =>
    (await dynamo.send(new ScanCommand({ TableName: name, ConsistentRead: true }))).Items ?? [];
  return {
    dynamo,
    rows,
    empty: async () => {
      for (const name of names) {
        for (const row of await rows(name)) {
          const Key = Object.fromEntries(keysOf(name).map((key) => [key, row[key]]));
          await dynamo.send(new DeleteCommand({ TableName: name, Key }));
        }
      }
    },
    stop: async () => {
      dynamo.destroy();
      await server.close();
      await service.close();
      await database.close();
      if (defects.length > 0) throw new AggregateError(defects, 'The emulator failed.');
    },
  };
}
export type Tables = Awaited<ReturnType<typeof startTables>>;

const keysOf = (name: TableName): readonly string[] => Object.values(TableKeys[name]);

function definitionOf(name: TableName) {
  const [pk = '', sk] = keysOf(name);
  const indexes = name === 'endpoints' ? [BY_MONITORING] : [];
  const attributes = [pk, ...(sk === undefined ? [] : [sk]), ...(indexes.length > 0 ? ['monitoring'] : [])];
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST' as const,
    KeySchema: [
      { AttributeName: pk, KeyType: 'HASH' as const },
      ...(sk === undefined ? [] : [{ AttributeName: sk, KeyType: 'RANGE' as const }]),
    ],
    AttributeDefinitions: attributes.map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
    ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes }),
  };
}
