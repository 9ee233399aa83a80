import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { BacklogRepository } from '#core/adapters/dynamodb/backlog-repository.ts';
import { readBatch } from '#core/adapters/dynamodb/read-batch.ts';
import { EndpointStateRowSchema } from '#core/contracts/rows/endpoint-state-row.ts';
import type { EndpointId } from '#core/domain/ids.ts';
import { TableKeys } from '#core/resource-names.ts';

/** What of an account waits in the backlog. */
export interface Parked {
  readonly count: number;
  /** There are more. */
  readonly isAtLeast: boolean;
}

/** Counting reads what it counts; beyond this the figure says "at least". Deliveries. */
const MOST_COUNTED = 1000;
/** Endpoints of one account that are looked into each minute. */
const MOST_ENDPOINTS = 50;
/** An endpoint whose last failure is older, and whose breaker is closed, has nothing parked. Milliseconds. */
const LATELY_MS = 24 * 3_600_000;

const { pk } = TableKeys.endpointStates;

/** Counts an account's parked deliveries; looks only at endpoints that have failed lately, so that healthy ones cost one read for a hundred. */
export async function parkedOf(
  options: {
    readonly dynamo: DynamoDBDocumentClient;
    readonly statesTable: string;
    readonly backlog: Pick<BacklogRepository, 'count'>;
    readonly nowMs: number;
  },
  endpointIds: readonly EndpointId[],
): Promise<Parked> {
  const troubled = await troubledOf(options, endpointIds);
  let count = 0;
  for (const endpointId of troubled.slice(0, MOST_ENDPOINTS)) {
    count += await options.backlog.count(endpointId, MOST_COUNTED - count);
    if (count >= MOST_COUNTED) return { count, isAtLeast: true };
  }
  return { count, isAtLeast: troubled.length > MOST_ENDPOINTS };
}

async function troubledOf(
  { dynamo, statesTable, nowMs }: Parameters<typeof parkedOf>[0],
  endpointIds: readonly EndpointId[],
): Promise<readonly EndpointId[]> {
  const keys = endpointIds.map((endpointId) => ({ [pk]: endpointId }));
  const items = await readBatch({ dynamo, tableName: statesTable, keys, consistent: false });
  return items
    .map((item) => EndpointStateRowSchema.parse(item))
    .filter(
      ({ breaker, lastFailureAtMs = 0, slowUntilMs = 0 }) =>
        breaker !== 'closed' || Math.max(lastFailureAtMs, slowUntilMs) > nowMs - LATELY_MS,
    )
    .map(({ endpointId }) => endpointId);
}
