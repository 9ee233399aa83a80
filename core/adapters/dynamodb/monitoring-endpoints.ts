import { type DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { type EndpointRow, EndpointRowSchema } from '../../contracts/rows/endpoint-row.ts';
import type { Clock } from '../../domain/clock.ts';
import type { AccountId } from '../../domain/ids.ts';
import { Index } from '../../resource-names.ts';

/** How long the list is believed, milliseconds: a new monitoring endpoint hears of what happens a minute later. */
const BELIEVED_MS = 60_000;

/** Endpoints that subscribed to `queue` and are not disabled, by account. */
export type MonitoringEndpoints = ReadonlyMap<AccountId, readonly EndpointRow[]>;

/** Reads them from a sparse index: one query for the whole deployment, of nothing where nobody monitors. */
export async function readMonitoringEndpoints(options: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly endpointsTable: string;
}): Promise<MonitoringEndpoints> {
  const found = new Map<AccountId, EndpointRow[]>();
  const query = {
    TableName: options.endpointsTable,
    IndexName: Index.endpointsByMonitoring,
    KeyConditionExpression: '#monitoring = :yes',
    ExpressionAttributeNames: { '#monitoring': 'monitoring' },
    ExpressionAttributeValues: { ':yes': 'yes' },
  };
  for await (const page of paginateQuery({ client: options.dynamo }, query)) {
    for (const item of page.Items ?? []) {
      const row = EndpointRowSchema.parse(item);
      if (!row.disabled) found.set(row.accountId, [...(found.get(row.accountId) ?? []), row]);
    }
  }
  return found;
}

/** The list as it was at most a minute ago; concurrent askers share one query, a failed one is not kept. */
export function rememberMonitoringEndpoints(
  read: () => Promise<MonitoringEndpoints>,
  clock: Clock,
): () => Promise<MonitoringEndpoints> {
  let known: { readonly endpoints: Promise<MonitoringEndpoints>; readonly readAtMs: number } | undefined;
  return () => {
    if (known && clock.monotonic() - known.readAtMs < BELIEVED_MS) return known.endpoints;
    const entry = { endpoints: read(), readAtMs: clock.monotonic() };
    known = entry;
    entry.endpoints.catch(() => {
      if (known === entry) known = undefined;
    });
    return entry.endpoints;
  };
}
