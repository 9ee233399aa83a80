import { type DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { LEASE_ROW_PREFIX } from '../../contracts/rows/lease-row.ts';
import { type TaskRow, TaskRowSchema } from '../../contracts/rows/task-row.ts';

/** All running connector tasks; the table has one small row for each, so it is read whole. */
export async function listTasks(dynamo: DynamoDBDocumentClient, tableName: string): Promise<readonly TaskRow[]> {
  const rows: TaskRow[] = [];
  for await (const page of paginateScan({ client: dynamo }, { TableName: tableName, ConsistentRead: true })) {
    for (const item of page.Items ?? []) {
      // The leases that tasks hold lie beside them.
      if (!String(item['taskId']).startsWith(LEASE_ROW_PREFIX)) rows.push(TaskRowSchema.parse(item));
    }
  }
  return rows;
}
