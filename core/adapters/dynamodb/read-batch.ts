import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** Items of one BatchGetItem (DynamoDB API Reference, BatchGetItem). */
const MOST_KEYS = 100;

/**
 * The items of these keys that exist, in no order. What DynamoDB leaves undone is asked for again; a call that did nothing at all
 * fails, so that whoever tries again waits between.
 */
export async function readBatch(options: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly keys: readonly Readonly<Record<string, string>>[];
  readonly consistent: boolean;
}): Promise<readonly Record<string, unknown>[]> {
  const { dynamo, tableName, consistent } = options;
  const found: Record<string, unknown>[] = [];
  let left: readonly Readonly<Record<string, unknown>>[] = options.keys;
  while (left.length > 0) {
    const Keys = left.slice(0, MOST_KEYS);
    const { Responses, UnprocessedKeys } = await dynamo.send(
      new BatchGetCommand({ RequestItems: { [tableName]: { Keys, ConsistentRead: consistent } } }),
    );
    found.push(...(Responses?.[tableName] ?? []));
    const undone = UnprocessedKeys?.[tableName]?.Keys ?? [];
    if (undone.length === Keys.length) throw new Error('DynamoDB read nothing of a batch');
    left = [...undone, ...left.slice(MOST_KEYS)];
  }
  return found;
}
