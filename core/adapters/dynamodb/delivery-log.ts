import { type DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { EventType } from '../../contracts/event.ts';
import { type DeliveryRow, DeliveryRowSchema, type DeliveryStatus } from '../../contracts/rows/delivery-row.ts';
import type { DeliveryKey } from '../../contracts/rows/replay-job-row.ts';
import type { EventId, SessionId } from '../../domain/ids.ts';
import type { Wamid } from '../../domain/wamid.ts';
import { TableKeys } from '../../resource-names.ts';

/** Which rows are wanted; all members have to hold. */
export interface DeliveryFilter {
  readonly statuses?: readonly DeliveryStatus[] | undefined;
  readonly eventTypes?: readonly EventType[] | undefined;
  readonly eventIds?: readonly EventId[] | undefined;
  readonly wamids?: readonly Wamid[] | undefined;
  readonly sessionId?: SessionId | undefined;
}

/** A piece of one endpoint's day. */
export interface Stretch {
  readonly endpointDay: string;
  /** First and last position, both included. */
  readonly from: string;
  readonly to: string;
  readonly order: 'oldest first' | 'newest first';
  /** At most this many rows are looked at, the unwanted ones included. */
  readonly limit: number;
  readonly filter?: DeliveryFilter;
  /** With the event and the attempts, which are most of a row. @default false */
  readonly whole?: boolean;
}

export interface StretchRead {
  readonly rows: readonly DeliveryRow[];
  /** Rows that were looked at. */
  readonly looked: number;
  /** Where it stopped; undefined at the end of the stretch. */
  readonly stoppedAt?: string;
}

/** What was sent to whom, for those who look into it. Eventually consistent, but for a single row. */
export interface DeliveryLog {
  get(key: DeliveryKey): Promise<DeliveryRow | undefined>;
  read(stretch: Stretch): Promise<StretchRead>;
}

const { pk, sk } = TableKeys.deliveries;

/** What a list shows; the rest of a row is read only where somebody wants it. */
const SHOWN = [
  'endpointDay',
  'occurred',
  'endpointId',
  'eventId',
  'status',
  'attempts',
  'httpStatus',
  'error',
  'updatedAtMs',
  'expiresAt',
  'accountId',
  'eventType',
  'sessionId',
  'wamid',
  'nextAttemptAtMs',
  'deadReason',
] as const;

export function makeDeliveryLog(options: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
}): DeliveryLog {
  const { dynamo, tableName: TableName } = options;
  return {
    async get({ endpointDay, occurred }) {
      const Key = { [pk]: endpointDay, [sk]: occurred };
      const { Item } = await dynamo.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
      return DeliveryRowSchema.optional().parse(Item);
    },
    async read(stretch) {
      if (stretch.from > stretch.to) return { rows: [], looked: 0 };
      const {
        Items = [],
        LastEvaluatedKey,
        ScannedCount,
      } = await dynamo.send(new QueryCommand({ TableName, ...queryOf(stretch) }));
      const stoppedAt: unknown = LastEvaluatedKey?.[sk];
      return {
        rows: Items.map((item) => DeliveryRowSchema.parse(item)),
        looked: ScannedCount ?? Items.length,
        ...(typeof stoppedAt === 'string' ? { stoppedAt } : {}),
      };
    },
  };
}

function queryOf({ endpointDay, from, to, order, limit, filter = {}, whole = false }: Stretch) {
  const conditions = [
    anyOf('status', filter.statuses),
    anyOf('eventType', filter.eventTypes),
    anyOf('eventId', filter.eventIds),
    anyOf('wamid', filter.wamids),
    anyOf('sessionId', filter.sessionId === undefined ? undefined : [filter.sessionId]),
  ].filter((condition) => condition !== undefined);
  const named = new Set<string>([pk, sk, ...conditions.map(({ name }) => name), ...(whole ? [] : SHOWN)]);
  return {
    KeyConditionExpression: `#${pk} = :day AND #${sk} BETWEEN :from AND :to`,
    ...(conditions.length > 0 ? { FilterExpression: conditions.map(({ text }) => text).join(' AND ') } : {}),
    ...(whole ? {} : { ProjectionExpression: SHOWN.map((name) => `#${name}`).join(', ') }),
    ExpressionAttributeNames: Object.fromEntries([...named].map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: Object.assign(
      { ':day': endpointDay, ':from': from, ':to': to },
      ...conditions.map(({ values }) => values),
    ) as Record<string, string>,
    ScanIndexForward: order === 'oldest first',
    Limit: limit,
  };
}

function anyOf(name: string, wanted: readonly string[] | undefined) {
  if (!wanted || wanted.length === 0) return undefined;
  const values = Object.fromEntries(wanted.map((value, index) => [`:${name}${index}`, value]));
  return { name, values, text: `#${name} IN (${Object.keys(values).join(', ')})` };
}
