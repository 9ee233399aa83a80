import { type DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { LEASE_ROW_PREFIX, type LeaseRow, LeaseRowSchema } from '../../contracts/rows/lease-row.ts';
import { type TaskRow, TaskRowSchema } from '../../contracts/rows/task-row.ts';
import { TableKeys } from '../../resource-names.ts';

/** All running connector tasks and the leases beside them; the table has one small row for each, so it is read whole. */
export async function readTasks(
  dynamo: DynamoDBDocumentClient,
  tableName: string,
): Promise<{ readonly tasks: readonly TaskRow[]; readonly leases: readonly LeaseRow[] }> {
  const tasks: TaskRow[] = [];
  const leases: LeaseRow[] = [];
  for await (const page of paginateScan({ client: dynamo }, { TableName: tableName, ConsistentRead: true })) {
    for (const item of page.Items ?? []) {
      if (String(item[TableKeys.tasks.pk]).startsWith(LEASE_ROW_PREFIX)) leases.push(LeaseRowSchema.parse(item));
      else tasks.push(TaskRowSchema.parse(item));
    }
  }
  return { tasks, leases };
}
