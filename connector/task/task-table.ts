import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { type TaskRow, TaskRowSchema } from '#core/contracts/rows/task-row.ts';
import { TableKeys } from '#core/resource-names.ts';

/** Heartbeats of this deployment's connector tasks. */
export interface TaskTable {
  /** Writes the first heartbeat of an incarnation over whatever this task's predecessor left. */
  enter(row: TaskRow): Promise<void>;
  /** @returns false when the row is another incarnation's, or gone: this one was fenced */
  beat(row: TaskRow): Promise<boolean>;
  /** Strongly consistent. */
  get(taskId: string): Promise<TaskRow | undefined>;
  /** Removes the row, if it is still as seen. @returns false when it is not */
  fence(seen: Pick<TaskRow, 'taskId' | 'incarnation' | 'heartbeat'>): Promise<boolean>;
  leave(taskId: string, incarnation: string): Promise<void>;
}

const { pk } = TableKeys.tasks;

export function makeTaskTable(options: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
}): TaskTable {
  const { dynamo, tableName: TableName } = options;
  return {
    async enter(row) {
      await dynamo.send(new PutCommand({ TableName, Item: row }));
    },
    beat: (row) =>
      conditionally(() =>
        dynamo.send(new PutCommand({ TableName, Item: row, ...onlyIf({ incarnation: row.incarnation }) })),
      ),
    async get(taskId) {
      const { Item } = await dynamo.send(new GetCommand({ TableName, Key: { [pk]: taskId }, ConsistentRead: true }));
      return Item && TaskRowSchema.parse(Item);
    },
    fence: ({ taskId, incarnation, heartbeat }) =>
      conditionally(() =>
        dynamo.send(new DeleteCommand({ TableName, Key: { [pk]: taskId }, ...onlyIf({ incarnation, heartbeat }) })),
      ),
    async leave(taskId, incarnation) {
      await conditionally(() =>
        dynamo.send(new DeleteCommand({ TableName, Key: { [pk]: taskId }, ...onlyIf({ incarnation }) })),
      );
    },
  };
}

/** A condition that all these attributes have these values. */
function onlyIf(values: Readonly<Record<string, string | number>>) {
  const names = Object.keys(values);
  return {
    ConditionExpression: names.map((name) => `#${name} = :${name}`).join(' AND '),
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: Object.fromEntries(names.map((name) => [`:${name}`, values[name]])),
  };
}

async function conditionally(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
