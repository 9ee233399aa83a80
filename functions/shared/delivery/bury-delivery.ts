import { createHash } from 'node:crypto';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type DeliveryRepository, deliveryKeyOf } from '#core/adapters/dynamodb/delivery-repository.ts';
import { type EventDelivery, eventTypeOf, type QueueEvent } from '#core/contracts/event.ts';
import type { DeadDelivery, DeadReason, DeliveryRow } from '#core/contracts/rows/delivery-row.ts';
import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';
import { type Clock, sleep } from '#core/domain/clock.ts';
import { EventIdSchema } from '#core/domain/ids.ts';
import type { DeliveryMonitor } from '#core/domain/monitoring.ts';
import type { OperatorNotices } from '#core/domain/notice.ts';
import { Metric } from '#core/observability/metrics.ts';
import { count } from '../count.ts';
import { logger } from '../logger.ts';
import { fieldsOf, type PostDependencies, postWebhook } from './post-webhook.ts';

export interface BuryDependencies extends PostDependencies {
  readonly sqs: SQSClient;
  readonly deadDeliveriesQueueUrl: string;
  readonly deliveries: Pick<DeliveryRepository, 'record'>;
  readonly notices: OperatorNotices;
  readonly monitor: DeliveryMonitor;
  readonly clock: Clock;
}

/** A delivery that nobody tries any more. */
export interface Dead {
  readonly delivery: EventDelivery;
  readonly endpoint: EndpointRow;
  readonly previous: DeliveryRow | undefined;
  readonly reason: DeadReason;
  /** One sentence. */
  readonly error: string;
}

/** Waits before each attempt at a failure webhook, milliseconds; after three its owner has the notice and the queue. */
const FAILURE_STEPS_MS = [0, 1000, 5000];
const FAILURE_TIMEOUT_MS = 5000;

/**
 * Ends a delivery: pointer on the queue of dead deliveries, row `dead`, notice, failure webhook. The pointer comes first and the
 * row says that all is done, so doing it again after a crash loses nothing; afterwards it does nothing.
 */
export async function bury(dependencies: BuryDependencies, dead: Dead): Promise<void> {
  const { sqs, deadDeliveriesQueueUrl, deliveries, monitor, notices } = dependencies;
  const { delivery, endpoint, error, previous, reason } = dead;
  if (previous?.status === 'dead') return;
  const pointer: DeadDelivery = { ...deliveryKeyOf(delivery), reason };
  await sqs.send(new SendMessageCommand({ QueueUrl: deadDeliveriesQueueUrl, MessageBody: JSON.stringify(pointer) }));
  await deliveries.record(delivery, { status: 'dead', error, deadReason: reason }, previous);
  count({ [Metric.webhookDead]: 1 });
  monitor.count(delivery, 'dead', { error, httpStatus: previous?.httpStatus });
  logger.warn('webhook dead', { ...fieldsOf(delivery), reason, reasonText: error });
  await notices.tell({
    kind: 'endpoint.first_dead',
    subject: endpoint.endpointId,
    accountId: endpoint.accountId,
    summary: `An event could not be delivered to the webhook ${endpoint.endpointId}: ${error}.`,
    advice: 'Look at GET /dead-letters, and send it again with POST /replays when the receiver works.',
    facts: { reason, eventId: delivery.event.eventId, attempts: previous?.attempts ?? 0 },
  });
  if (endpoint.failureUrl !== undefined && delivery.event.type !== 'queue') await tellOwner(dependencies, dead);
}

/** The failure webhook: signed as all are, three attempts, and of its own failure nobody is told by another one. */
async function tellOwner(dependencies: BuryDependencies, dead: Dead): Promise<void> {
  const { clock } = dependencies;
  const { delivery, endpoint } = dead;
  const url = endpoint.failureUrl ?? endpoint.url;
  const { headersCiphertext: _, ...rest } = endpoint;
  const event = failureEvent(dead, clock.now());
  for (const waitMs of FAILURE_STEPS_MS) {
    await sleep(clock, waitMs);
    const sent = { delivery: { endpointId: endpoint.endpointId, event }, endpoint: { ...rest, url } };
    const { verdict } = await postWebhook(dependencies, sent, FAILURE_TIMEOUT_MS);
    if (verdict.kind === 'delivered') return;
  }
  logger.warn('failure webhook not taken', fieldsOf(delivery));
}

function failureEvent({ delivery, endpoint, error, previous, reason }: Dead, nowMs: number): QueueEvent {
  const { event } = delivery;
  const hash = createHash('sha256').update(`dead#${endpoint.endpointId}#${event.eventId}`).digest('hex');
  return {
    version: 1,
    type: 'queue',
    eventId: EventIdSchema.parse(hash.slice(0, 32)),
    accountId: endpoint.accountId,
    occurredAtMs: nowMs,
    report: 'queue.error',
    data: {
      kind: 'dead',
      endpoint: endpoint.endpointId,
      event_id: event.eventId,
      event_type: eventTypeOf(event),
      ...('wamid' in event && { message: event.wamid }),
      reason,
      error,
      attempts: previous?.attempts ?? 0,
      http_status: previous?.httpStatus ?? null,
    },
  };
}
