import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type EndpointStateRow, EndpointStateRowSchema } from '../../contracts/rows/endpoint-state-row.ts';
import type { EndpointId } from '../../domain/ids.ts';
import { TableKeys } from '../../resource-names.ts';
import type { BacklogRepository } from './backlog-repository.ts';
import type { EndpointStateRepository } from './endpoint-state-repository.ts';
import { readBatch } from './read-batch.ts';

/** How an endpoint fares. */
export interface Health {
  /** Undefined: it has never failed. */
  readonly state?: EndpointStateRow | undefined;
  /** Deliveries that wait for it, counted up to 1,000; undefined where nobody counted. */
  readonly parked?: number;
}

/** What the API shows of the delivery engine's own state. */
export interface EndpointHealth {
  of(endpointId: EndpointId): Promise<Health>;
  /** Without counting what is parked; one read for a hundred endpoints. */
  ofAll(endpointIds: readonly EndpointId[]): Promise<ReadonlyMap<EndpointId, Health>>;
}

const { pk } = TableKeys.endpointStates;
/** Who has more than that waiting does not need the figure. */
const MOST_COUNTED = 1000;

export function makeEndpointHealth(options: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly statesTable: string;
  readonly states: Pick<EndpointStateRepository, 'get'>;
  readonly backlog: Pick<BacklogRepository, 'count'>;
}): EndpointHealth {
  const { dynamo, statesTable: tableName, states, backlog } = options;
  return {
    async of(endpointId) {
      const state = await states.get(endpointId);
      // Nothing waits for an endpoint that has never failed: eight queries that can be spared.
      return { state, parked: state ? await backlog.count(endpointId, MOST_COUNTED) : 0 };
    },
    async ofAll(endpointIds) {
      const keys = endpointIds.map((id) => ({ [pk]: id }));
      const items = await readBatch({ dynamo, tableName, keys, consistent: false });
      const found = items.map((item) => EndpointStateRowSchema.parse(item));
      return new Map(found.map((state) => [state.endpointId, { state }]));
    },
  };
}
