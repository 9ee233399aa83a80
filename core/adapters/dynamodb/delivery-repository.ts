import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { type EventDelivery, eventTypeOf } from '../../contracts/event.ts';
import {
  type DeadReason,
  type DeliveryAttempt,
  type DeliveryRow,
  DeliveryRowSchema,
} from '../../contracts/rows/delivery-row.ts';
import type { Clock } from '../../domain/clock.ts';
import { storeEvent } from './stored-event.ts';
import { unlessRefused } from './unless-refused.ts';

/** What became of a delivery just now. */
export interface DeliveryOutcome {
  readonly status: DeliveryRow['status'];
  /** The POST that it comes from; absent where there was none. */
  readonly attempt?: DeliveryAttempt;
  /** Why, one sentence; absent: the attempt's. */
  readonly error?: string;
  readonly nextAttemptAtMs?: number;
  readonly deadReason?: DeadReason;
  /** The POST spends none of the schedule's attempts: a probe, or an answer that asks for patience. */
  readonly free?: boolean;
}

export type DeliveryKey = Pick<DeliveryRow, 'endpointDay' | 'occurred'>;

/** The record of which event has reached which endpoint. */
export interface DeliveryRepository {
  /** Strongly consistent. */
  get(key: DeliveryKey): Promise<DeliveryRow | undefined>;
  /**
   * Notes what became of a delivery: one write.
   * @param previous the row as it was read before; its attempts and history go on
   * @returns the new row; undefined if it has been delivered meanwhile, which stays
   */
  record(
    delivery: EventDelivery,
    outcome: DeliveryOutcome,
    previous: DeliveryRow | undefined,
  ): Promise<DeliveryRow | undefined>;
}

/** How long a delivery is remembered after its last attempt, seconds: 30 days, as the message rows (D3). */
const KEPT_S = 30 * 24 * 3600;
/** Milliseconds since the epoch with leading zeros sort as text until the year 33658. */
const MS_DIGITS = 15;
/** Attempts that a row lists; the schedule has 10, replays and probes come on top. */
const MOST_ATTEMPTS = 20;
/** Of the latest attempts these keep the answer's beginning: with 1 KiB each a row would cost ten writes. */
const MOST_RESPONSES = 2;

/** The row's key comes from the event alone, so that a second emission finds it (D9). */
export function deliveryKeyOf({ endpointId, event }: EventDelivery): DeliveryKey {
  const day = new Date(event.occurredAtMs).toISOString().slice(0, 'yyyy-mm-dd'.length);
  const time = String(event.occurredAtMs).padStart(MS_DIGITS, '0');
  return { endpointDay: `${endpointId}#${day}`, occurred: `${time}#${event.eventId}` };
}

export function makeDeliveryRepository(options: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly clock: Clock;
}): DeliveryRepository {
  const { dynamo, tableName: TableName, clock } = options;
  return {
    async get({ endpointDay, occurred }) {
      const Key = { endpointDay, occurred };
      const { Item } = await dynamo.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
      return Item && DeliveryRowSchema.parse(Item);
    },
    async record(delivery, outcome, previous) {
      const Item = rowOf(delivery, outcome, previous, clock.now());
      // What a replay comes to may replace what was delivered before; nothing else does.
      const keep = outcome.status !== 'delivered' && delivery.replay === undefined;
      const condition = {
        ConditionExpression: 'attribute_not_exists(#status) OR #status <> :delivered',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':delivered': 'delivered' },
      };
      const written = await unlessRefused(dynamo.send(new PutCommand({ TableName, Item, ...(keep ? condition : {}) })));
      return written && Item;
    },
  };
}

/** Attributes that are undefined are not written. */
function rowOf(
  delivery: EventDelivery,
  outcome: DeliveryOutcome,
  previous: DeliveryRow | undefined,
  nowMs: number,
): DeliveryRow {
  const { attempt, deadReason, nextAttemptAtMs, status } = outcome;
  const {
    attempts = 0,
    event = new Uint8Array(storeEvent(delivery.event)),
    firstAttemptAtMs,
    history = [],
  } = previous ?? {};
  const { error, httpStatus } = attempt ?? previous ?? {};
  return {
    ...aboutOf(delivery),
    event,
    status,
    attempts: attempts + (attempt && !outcome.free ? 1 : 0),
    history: historyOf(attempt ? [...history, attempt] : history),
    httpStatus,
    error: status === 'delivered' ? undefined : (outcome.error ?? error),
    nextAttemptAtMs,
    deadReason,
    firstAttemptAtMs: firstAttemptAtMs ?? attempt?.atMs,
    updatedAtMs: nowMs,
    expiresAt: Math.floor(nowMs / 1000) + KEPT_S,
  };
}

function aboutOf(delivery: EventDelivery) {
  const { endpointId, event } = delivery;
  return {
    ...deliveryKeyOf(delivery),
    endpointId,
    eventId: event.eventId,
    accountId: event.accountId,
    eventType: eventTypeOf(event),
    ...('sessionId' in event && { sessionId: event.sessionId }),
    ...('wamid' in event && { wamid: event.wamid }),
  };
}

/** The latest attempts, of which only the last keep what was answered; undefined for none. */
function historyOf(attempts: readonly DeliveryAttempt[]): DeliveryAttempt[] | undefined {
  if (attempts.length === 0) return undefined;
  const latest = attempts.slice(-MOST_ATTEMPTS);
  return latest.map((attempt, index) => {
    if (index >= latest.length - MOST_RESPONSES) return attempt;
    const { response: _, ...rest } = attempt;
    return rest;
  });
}
