import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type EndpointStateRow, EndpointStateRowSchema } from '../../contracts/rows/endpoint-state-row.ts';
import type { EndpointId } from '../../domain/ids.ts';
import { TableKeys } from '../../resource-names.ts';
import type { BacklogRepository } from './backlog-repository.ts';
import type { EndpointStateRepository } from './endpoint-state-repository.ts';

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
/** DynamoDB's most of one BatchGetItem. */
const MOST_KEYS = 100;
/** Who has more than that waiting does not need the figure. */
const MOST_COUNTED = 1000;

export function makeEndpointHealth(options: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly statesTable: string;
  readonly states: Pick<EndpointStateRepository, 'get'>;
  readonly backlog: Pick<BacklogRepository, 'count'>;
}): EndpointHealth {
  const { dynamo, statesTable: TableName, states, backlog } = options;
  const batch = async (endpointIds: readonly EndpointId[]): Promise<readonly EndpointStateRow[]> => {
    const Keys = endpointIds.map((id) => ({ [pk]: id }));
    const { Responses } = await dynamo.send(new BatchGetCommand({ RequestItems: { [TableName]: { Keys } } }));
    return (Responses?.[TableName] ?? []).map((item) => EndpointStateRowSchema.parse(item));
  };
  return {
    async of(endpointId) {
      const state = await states.get(endpointId);
      // Nothing waits for an endpoint that has never failed: eight queries that can be spared.
      return { state, parked: state ? await backlog.count(endpointId, MOST_COUNTED) : 0 };
    },
    async ofAll(endpointIds) {
      const found = new Map<EndpointId, Health>();
      for (let from = 0; from < endpointIds.length; from += MOST_KEYS) {
        for (const state of await batch(endpointIds.slice(from, from + MOST_KEYS)))
          found.set(state.endpointId, { state });
      }
      return found;
    },
  };
}
