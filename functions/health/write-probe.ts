import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { TableKeys, TTL_ATTRIBUTE } from '#core/resource-names.ts';

/** The one row, which each probe writes anew. */
const ROW = 'health';
const KEPT_S = 3_600;

/**
 * Writes one row: tables that can be read and not written (a full disk on one machine, throttled writes in AWS) look well to all
 * other questions. One write unit.
 * @throws Error of DynamoDB
 */
export async function writeProbe(options: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly limitsTable: string;
  readonly nowMs: number;
}): Promise<void> {
  const { dynamo, limitsTable, nowMs } = options;
  const Item = { [TableKeys.limits.pk]: ROW, writtenAtMs: nowMs, [TTL_ATTRIBUTE]: Math.floor(nowMs / 1000) + KEPT_S };
  await dynamo.send(new PutCommand({ TableName: limitsTable, Item }));
}
