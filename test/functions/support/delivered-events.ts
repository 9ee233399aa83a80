import { makeDeliveryRepository } from '#core/adapters/dynamodb/delivery-repository.ts';
import type { EventDelivery, MessageEvent, StatusEvent } from '#core/contracts/event.ts';
import type { DeliveryStatus } from '#core/contracts/rows/delivery-row.ts';
import { systemClock } from '#core/domain/clock.ts';
import { formatDeliveryId } from '#core/domain/delivery-id.ts';
import { eventIdOf } from '#core/domain/event-id.ts';
import {
  type AccountId,
  AccountIdSchema,
  EndpointIdSchema,
  type SessionId,
  SessionIdSchema,
  SessionUidSchema,
  StanzaIdSchema,
} from '#core/domain/ids.ts';
import { authorHashOf, formatWamid, type Wamid } from '#core/domain/wamid.ts';
import type { AwsTestBed } from './aws-test-bed.ts';

const SESSION_UID = SessionUidSchema.parse('ab'.repeat(12));

export interface Told {
  readonly webhook: string;
  readonly accountId: string;
  /** Which message; a number for each. */
  readonly message: number;
  readonly atMs: number;
  readonly status?: DeliveryStatus;
  readonly httpStatus?: number;
  readonly session?: string;
  /** A status of an outbound message; @default an inbound message */
  readonly told?: StatusEvent['status'];
  readonly errors?: StatusEvent['errors'];
}

const stanzaIdOf = (message: number) =>
  StanzaIdSchema.parse(`3EB0${message.toString(16).toUpperCase().padStart(18, '0')}`);
/** The wamid of outbound message number n. */
export const outWamid = (message: number): Wamid =>
  formatWamid({ sessionUid: SESSION_UID, direction: 'out', stanzaId: stanzaIdOf(message) });
const inWamid = (message: number): Wamid =>
  formatWamid({
    sessionUid: SESSION_UID,
    direction: 'in',
    stanzaId: stanzaIdOf(message),
    authorHash: authorHashOf('a'),
  });

/** An event about message number n, as the connector publishes it. */
export function eventOf(told: Told): MessageEvent | StatusEvent {
  const envelope = {
    version: 1 as const,
    accountId: AccountIdSchema.parse(told.accountId) satisfies AccountId,
    sessionId: SessionIdSchema.parse(told.session ?? '100200300') satisfies SessionId,
    sessionUid: SESSION_UID,
    displayPhoneNumber: '5511911112222',
    occurredAtMs: told.atMs,
  };
  if (told.told === undefined) {
    const wamid = inWamid(told.message);
    const eventId = eventIdOf(SESSION_UID, 'message', wamid, String(told.atMs));
    const content = { type: 'text' as const, text: { body: `número ${told.message}` } };
    return { ...envelope, eventId, type: 'message', wamid, from: '5511987654321', content };
  }
  const wamid = outWamid(told.message);
  return {
    ...envelope,
    eventId: eventIdOf(SESSION_UID, 'status', wamid, told.told, String(told.atMs)),
    type: 'status',
    wamid,
    status: told.told,
    recipientId: '5511987654321',
    recipientType: 'individual',
    ...(told.errors ? { errors: told.errors } : {}),
  };
}

/** Writes a delivery's row as the delivery engine does. @returns its id and its event */
export async function deliver(aws: AwsTestBed, told: Told) {
  const deliveries = makeDeliveryRepository({
    dynamo: aws.documents,
    tableName: 'deliveries',
    clock: systemClock,
  });
  const event = eventOf(told);
  const delivery: EventDelivery = { endpointId: EndpointIdSchema.parse(told.webhook), event };
  const status = told.status ?? 'delivered';
  const httpStatus = told.httpStatus ?? (status === 'delivered' ? 200 : 500);
  const attempt = {
    atMs: told.atMs,
    durationMs: 12,
    httpStatus,
    remoteIp: '93.184.216.34',
    response: `answer ${httpStatus}`,
    ...(status === 'delivered' ? {} : { error: `answered ${httpStatus}` }),
  };
  await deliveries.record(delivery, { status, attempt }, undefined);
  const { endpointId } = delivery;
  const id: string = formatDeliveryId({ endpointId, eventId: event.eventId, occurredAtMs: event.occurredAtMs });
  return { id, event };
}
