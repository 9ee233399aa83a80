import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { leaseOfShard } from '../../contracts/rows/lease-row.ts';
import { TableKeys } from '../../resource-names.ts';

/** Tells owners of shards that there is something to do. */
export interface LeaseMarks {
  /** A session was created in the shard: its owner, which looks at the leases every 2 s, polls the queue if it did not. */
  want(shard: number): Promise<void>;
}

export function makeLeaseMarks(options: {
  readonly dynamo: DynamoDBDocumentClient;
  /** The tasks table. */
  readonly tableName: string;
}): LeaseMarks {
  const { dynamo, tableName: TableName } = options;
  return {
    async want(shard) {
      await dynamo.send(
        new UpdateCommand({
          TableName,
          Key: { [TableKeys.tasks.pk]: leaseOfShard(shard) },
          UpdateExpression: 'ADD wanted :one',
          ExpressionAttributeValues: { ':one': 1 },
        }),
      );
    },
  };
}
