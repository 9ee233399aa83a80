import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { EventDelivery } from '../../contracts/event.ts';
import { type DeliveryRow, DeliveryRowSchema } from '../../contracts/rows/delivery-row.ts';
import type { Clock } from '../../domain/clock.ts';

/** What one attempt to deliver came to. */
export interface Attempt {
  readonly status: DeliveryRow['status'];
  /** HTTP status of the answer, if there was one. */
  readonly httpStatus?: number;
  /** Why it failed, one sentence. */
  readonly error?: string;
}

/** The record of which event has reached which endpoint. */
export interface DeliveryRepository {
  /** True if the endpoint has had this event; strongly consistent. */
  isDelivered(delivery: EventDelivery): Promise<boolean>;
  /** Counts one more attempt and notes its outcome. A delivered event stays delivered. */
  record(delivery: EventDelivery, attempt: Attempt): Promise<void>;
}

/** How long a delivery is remembered after its last attempt, seconds: 30 days, as the message rows (D3). */
const KEPT_S = 30 * 24 * 3600;
/** Milliseconds since the epoch with leading zeros sort as text until the year 33658. */
const MS_DIGITS = 15;

/** The row's key comes from the event alone, so that a second emission finds it (D9). */
export function deliveryKeyOf({ endpointId, event }: EventDelivery): Pick<DeliveryRow, 'endpointDay' | 'occurred'> {
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
    async isDelivered(delivery) {
      const { Item } = await dynamo.send(
        new GetCommand({ TableName, Key: deliveryKeyOf(delivery), ConsistentRead: true }),
      );
      return Item !== undefined && DeliveryRowSchema.parse(Item).status === 'delivered';
    },
    async record(delivery, { status, httpStatus, error }) {
      const nowMs = clock.now();
      const known = { ':http': httpStatus, ':error': error };
      const clauses = [
        '#status = :status, endpointId = :endpoint, eventId = :event, updatedAtMs = :now, expiresAt = :expires',
        ...(httpStatus === undefined ? [] : ['httpStatus = :http']),
        ...(error === undefined ? [] : ['#error = :error']),
      ];
      await dynamo.send(
        new UpdateCommand({
          TableName,
          Key: deliveryKeyOf(delivery),
          UpdateExpression: `SET ${clauses.join(', ')} ADD attempts :one`,
          ExpressionAttributeNames: { '#status': 'status', ...(error === undefined ? {} : { '#error': 'error' }) },
          ExpressionAttributeValues: {
            ':status': status,
            ':endpoint': delivery.endpointId,
            ':event': delivery.event.eventId,
            ':now': nowMs,
            ':expires': Math.floor(nowMs / 1000) + KEPT_S,
            ':one': 1,
            ...known,
          },
        }),
      );
    },
  };
}
