import { readStoredEvent } from '#core/adapters/dynamodb/stored-event.ts';
import type { DeliveryDetail, DeliveryResource } from '#core/contracts/api/deliveries.ts';
import type { DeliveryAttempt, DeliveryRow } from '#core/contracts/rows/delivery-row.ts';
import { formatDeliveryId } from '#core/domain/delivery-id.ts';
import { msOf } from '#core/domain/delivery-position.ts';
import { renderWebhook } from '#core/domain/meta-webhook.ts';

const time = (ms: number): string => new Date(ms).toISOString();

/** A delivery as lists show it. */
export function deliveryResource(row: DeliveryRow): DeliveryResource {
  const occurredAtMs = msOf(row.occurred);
  return {
    id: formatDeliveryId({ endpointId: row.endpointId, eventId: row.eventId, occurredAtMs }),
    webhook: row.endpointId,
    event_id: row.eventId,
    event_type: row.eventType ?? null,
    session: row.sessionId ?? null,
    message: row.wamid ?? null,
    status: row.status,
    attempts: row.attempts,
    http_status: row.httpStatus ?? null,
    error: row.error ?? null,
    dead_reason: row.deadReason ?? null,
    occurred_at: time(occurredAtMs),
    updated_at: time(row.updatedAtMs),
    next_attempt_at: row.nextAttemptAtMs === undefined ? null : time(row.nextAttemptAtMs),
  };
}

/** With its attempts, and the body as it would be sent now. */
export function deliveryDetail(row: DeliveryRow): DeliveryDetail {
  const event = row.event && readStoredEvent(row.event);
  return {
    ...deliveryResource(row),
    history: (row.history ?? []).map(attemptOf),
    body: event ? (JSON.parse(JSON.stringify(renderWebhook(event))) as Record<string, unknown>) : null,
  };
}

const attemptOf = (attempt: DeliveryAttempt): DeliveryDetail['history'][number] => ({
  at: time(attempt.atMs),
  duration_ms: attempt.durationMs,
  http_status: attempt.httpStatus ?? null,
  error: attempt.error ?? null,
  remote_ip: attempt.remoteIp ?? null,
  response: attempt.response ?? null,
});
