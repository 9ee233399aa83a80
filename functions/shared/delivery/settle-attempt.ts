import type { DeliveryOutcome, DeliveryRepository } from '#core/adapters/dynamodb/delivery-repository.ts';
import type { EndpointRepository } from '#core/adapters/dynamodb/endpoint-repository.ts';
import type { EventDelivery } from '#core/contracts/event.ts';
import type { DeadReason, DeliveryRow } from '#core/contracts/rows/delivery-row.ts';
import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import { isClosedOff } from '#core/domain/delivery/breaker.ts';
import { nextAfter } from '#core/domain/delivery/schedule.ts';
import type { DeliveryMonitor } from '#core/domain/monitoring.ts';
import { Metric } from '#core/observability/metrics.ts';
import { count } from '../count.ts';
import { logger } from '../logger.ts';
import type { EndpointCache } from './endpoint-cache.ts';
import type { EndpointVitals } from './endpoint-vitals.ts';
import { fieldsOf, type Posted } from './post-webhook.ts';

export interface SettleDependencies {
  readonly cache: Pick<EndpointCache, 'forget'>;
  readonly deliveries: Pick<DeliveryRepository, 'record'>;
  readonly endpoints: Pick<EndpointRepository, 'update'>;
  readonly vitals: EndpointVitals;
  readonly monitor: DeliveryMonitor;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** What has to follow a POST; what concerns its row and its endpoint is written already. */
export type Settled =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'again'; readonly atMs: number; readonly row: DeliveryRow | undefined }
  /** The endpoint is closed off: it waits in the backlog, with this to be noted of the POST. */
  | { readonly kind: 'wait'; readonly reason: string; readonly outcome: Omit<DeliveryOutcome, 'status'> }
  | {
      readonly kind: 'dead';
      readonly reason: DeadReason;
      readonly error: string;
      readonly row: DeliveryRow | undefined;
    };

export interface Sent {
  readonly delivery: EventDelivery;
  readonly endpoint: EndpointRow;
  readonly previous: DeliveryRow | undefined;
  /** A failure spends no attempt. */
  readonly isProbe?: boolean;
}

/** Draws the conclusions of a POST for its delivery and its endpoint. @throws when a write fails */
export async function settle(dependencies: SettleDependencies, sent: Sent, posted: Posted): Promise<Settled> {
  const { deliveries, monitor, vitals } = dependencies;
  const { delivery, endpoint, previous } = sent;
  const { verdict, attempt } = posted;
  count({ [verdict.kind === 'delivered' ? Metric.webhookDelivered : Metric.webhookFailed]: 1 });
  await vitals.note(endpoint.endpointId, verdict);
  if ('disable' in verdict && verdict.disable !== undefined) await disable(dependencies, endpoint, verdict.disable);
  switch (verdict.kind) {
    case 'delivered': {
      await recordTwice(deliveries, delivery, { status: 'delivered', attempt }, previous);
      monitor.count(delivery, 'delivered');
      return verdict;
    }
    case 'dead': {
      monitor.count(delivery, 'refused', attempt);
      const outcome = { status: 'failed', attempt, error: verdict.error } as const;
      const row = await deliveries.record(delivery, outcome, previous);
      return { kind: 'dead', reason: verdict.reason, error: verdict.error, row };
    }
    case 'paused':
      return { kind: 'wait', reason: verdict.error, outcome: { attempt, free: true } };
    case 'failed':
      return await afterFailure(dependencies, sent, { verdict, attempt });
  }
}

async function afterFailure(
  { clock, deliveries, monitor, random, vitals }: SettleDependencies,
  { delivery, endpoint, isProbe, previous }: Sent,
  { verdict, attempt }: Posted & { readonly verdict: Extract<Posted['verdict'], { kind: 'failed' }> },
): Promise<Settled> {
  const nowMs = clock.now();
  monitor.count(delivery, verdict.patience === 'client_error' ? 'refused' : 'failed', attempt);
  const past = {
    attempts: (previous?.attempts ?? 0) + 1,
    history: [...(previous?.history ?? []), attempt],
    firstAttemptAtMs: previous?.firstAttemptAtMs ?? attempt.atMs,
  };
  const isClosed = isClosedOff(vitals.state(endpoint.endpointId), nowMs);
  // Who waits for its endpoint has not failed by itself.
  if (isProbe || isClosed) return { kind: 'wait', reason: verdict.error, outcome: { attempt, free: isProbe ?? false } };
  const next = nextAfter(verdict, past, endpoint.retry, { nowMs, random });
  if (next.kind === 'dead') {
    const row = await deliveries.record(delivery, { status: 'failed', attempt }, previous);
    return { ...next, row };
  }
  const atMs = nowMs + next.delayMs;
  const outcome = { status: 'retrying', attempt, nextAttemptAtMs: atMs } as const;
  return { kind: 'again', atMs, row: await deliveries.record(delivery, outcome, previous) };
}

/** A success that is not remembered would be a second delivery, so DynamoDB is asked once more than the SDK does. */
async function recordTwice(
  deliveries: Pick<DeliveryRepository, 'record'>,
  ...written: Parameters<DeliveryRepository['record']>
): Promise<void> {
  try {
    await deliveries.record(...written);
  } catch (error) {
    logger.warn('delivery is recorded again', { ...fieldsOf(written[0]), error: error as Error });
    await deliveries.record(...written);
  }
}

/** Nothing is sent to it from now on; its backlog is buried by the recovery. */
async function disable(
  { cache, clock, endpoints }: SettleDependencies,
  endpoint: EndpointRow,
  reason: 'gone' | 'asked_to',
): Promise<void> {
  const { accountId, endpointId } = endpoint;
  await endpoints.update({ accountId, endpointId }, { disabled: { atMs: clock.now(), reason } });
  cache.forget(accountId, endpointId);
  count({ [Metric.endpointDisabled]: 1 });
  logger.info('webhook disabled', { accountId, endpointId, reason });
}
