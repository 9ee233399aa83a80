import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { LEASE_ROW_PREFIX, type LeaseRow, LeaseRowSchema } from '#core/contracts/rows/lease-row.ts';
import { type TaskRow, TaskRowSchema } from '#core/contracts/rows/task-row.ts';
import { TableKeys } from '#core/resource-names.ts';

/** Heartbeats and the lease of this deployment's connector tasks. */
export interface TaskTable {
  /** Writes the first heartbeat of an incarnation over whatever this task's predecessor left. */
  enter(row: TaskRow): Promise<void>;
  /** @returns false when the row is another incarnation's, or gone: this one was fenced */
  beat(row: TaskRow): Promise<boolean>;
  get(taskId: string): Promise<TaskRow | undefined>;
  /** Removes the row, if it is still as seen. @returns false when it is not */
  fence(seen: Pick<TaskRow, 'taskId' | 'incarnation' | 'heartbeat'>): Promise<boolean>;
  leave(taskId: string, incarnation: string): Promise<void>;
  lease(): Promise<LeaseRow>;
  /** Takes the lease over, if nobody has since `seen`. @returns whether it is ours */
  claim(seen: LeaseRow, owner: string, incarnation: string): Promise<boolean>;
  /** Gives the lease back, if it is ours. */
  release(owner: string, incarnation: string): Promise<void>;
}

const { pk } = TableKeys.tasks;
/** One lease for all shards, until shards have one each. */
const LEASE = `${LEASE_ROW_PREFIX}all`;

export function makeTaskTable(options: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
}): TaskTable {
  const { dynamo, tableName: TableName } = options;
  const read = async (id: string): Promise<Record<string, unknown> | undefined> => {
    const { Item } = await dynamo.send(new GetCommand({ TableName, Key: { [pk]: id }, ConsistentRead: true }));
    return Item;
  };
  return {
    async enter(row) {
      await dynamo.send(new PutCommand({ TableName, Item: row }));
    },
    beat: (row) =>
      conditionally(() =>
        dynamo.send(new PutCommand({ TableName, Item: row, ...onlyIf({ incarnation: row.incarnation }) })),
      ),
    async get(taskId) {
      const item = await read(taskId);
      return item && TaskRowSchema.parse(item);
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
    async lease() {
      return LeaseRowSchema.parse((await read(LEASE)) ?? { taskId: LEASE, epoch: 0 });
    },
    claim: (seen, owner, incarnation) =>
      conditionally(() => {
        const Item: LeaseRow = { taskId: LEASE, epoch: seen.epoch + 1, owner, incarnation };
        const condition =
          seen.epoch === 0
            ? { ConditionExpression: 'attribute_not_exists(#pk)', ExpressionAttributeNames: { '#pk': pk } }
            : onlyIf({ epoch: seen.epoch });
        return dynamo.send(new PutCommand({ TableName, Item, ...condition }));
      }),
    async release(owner, incarnation) {
      await conditionally(() =>
        dynamo.send(
          new UpdateCommand({
            TableName,
            Key: { [pk]: LEASE },
            UpdateExpression: 'REMOVE #owner, #incarnation',
            ...onlyIf({ owner, incarnation }),
          }),
        ),
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
