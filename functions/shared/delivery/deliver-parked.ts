import type { BacklogRepository } from '#core/adapters/dynamodb/backlog-repository.ts';
import { type DeliveryRepository, deliveryKeyOf } from '#core/adapters/dynamodb/delivery-repository.ts';
import { readStoredEvent } from '#core/adapters/dynamodb/stored-event.ts';
import type { EventDelivery } from '#core/contracts/event.ts';
import type { BacklogRow } from '#core/contracts/rows/backlog-row.ts';
import type { DeadReason, DeliveryRow } from '#core/contracts/rows/delivery-row.ts';
import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';
import { DEFAULT_MAX_AGE_MS } from '#core/domain/delivery/schedule.ts';
import { LONGEST_TIMEOUT_MS, type PostDependencies, postWebhook } from './post-webhook.ts';
import { type SettleDependencies, settle } from './settle-attempt.ts';

export interface ParkedDependencies extends PostDependencies, SettleDependencies {
  readonly backlog: Pick<BacklogRepository, 'postpone'>;
  readonly deliveries: Pick<DeliveryRepository, 'get' | 'record'>;
  readonly cache: PostDependencies['cache'] & SettleDependencies['cache'];
}

/** What became of a row of the backlog. */
export type ParkedOutcome =
  /** Its delivery has had its end: the row can go. */
  | { readonly kind: 'gone'; readonly isSent: boolean; readonly durationMs: number; readonly hasDisabled?: boolean }
  | { readonly kind: 'later'; readonly atMs: number }
  /** The endpoint takes nothing at the moment. */
  | { readonly kind: 'closed_off'; readonly durationMs: number }
  /** It is to be buried, and then the row can go. */
  | {
      readonly kind: 'dead';
      readonly delivery: EventDelivery;
      readonly previous: DeliveryRow | undefined;
      readonly reason: DeadReason;
      readonly error: string;
      /** By its answer the endpoint is disabled: nothing more is sent to it. */
      readonly hasDisabled?: boolean;
    };

/** What a later release has parked is left for it; looked at again after this, milliseconds. */
const UNREADABLE_FOR_MS = 600_000;

/** One attempt at a row of the backlog, unless it is too early for one, or too late. @throws when a write fails */
export async function deliverParked(
  dependencies: ParkedDependencies,
  row: BacklogRow,
  endpoint: EndpointRow,
  options: { readonly isProbe: boolean; readonly pace: () => Promise<void> },
): Promise<ParkedOutcome> {
  const { backlog, clock, deliveries } = dependencies;
  const delivery = parkedDelivery(row);
  if (!delivery) return { kind: 'later', atMs: clock.now() + UNREADABLE_FOR_MS };
  if (row.notBeforeMs !== undefined && row.notBeforeMs > clock.now()) return { kind: 'later', atMs: row.notBeforeMs };
  const previous = await deliveries.get(deliveryKeyOf(delivery));
  const end = endBefore({ row, endpoint, delivery, previous, nowMs: clock.now() });
  if (end) return end;
  await options.pace();
  const posted = await postWebhook(dependencies, { delivery, endpoint }, LONGEST_TIMEOUT_MS);
  const { durationMs } = posted.attempt;
  const hasDisabled = 'disable' in posted.verdict;
  const settled = await settle(dependencies, { delivery, endpoint, previous, isProbe: options.isProbe }, posted);
  switch (settled.kind) {
    case 'delivered':
      return { kind: 'gone', isSent: true, durationMs, hasDisabled };
    case 'again':
      await backlog.postpone(row, settled.atMs);
      return { kind: 'later', atMs: settled.atMs };
    case 'dead':
      return { ...settled, delivery, previous: settled.row ?? previous, hasDisabled };
    case 'wait':
      await deliveries.record(delivery, { ...settled.outcome, status: 'parked', error: settled.reason }, previous);
      return { kind: 'closed_off', durationMs };
  }
}

/** What needs no attempt any more. */
function endBefore(known: {
  readonly row: BacklogRow;
  readonly endpoint: EndpointRow;
  readonly delivery: EventDelivery;
  readonly previous: DeliveryRow | undefined;
  readonly nowMs: number;
}): ParkedOutcome | undefined {
  const { delivery, endpoint, nowMs, previous, row } = known;
  const hasEnded = previous?.status === 'delivered' || previous?.status === 'dead';
  if (!delivery.replay && hasEnded) return { kind: 'gone', isSent: false, durationMs: 0 };
  const { disabled, retry } = endpoint;
  if (disabled) {
    const reason = disabled.reason === 'gone' ? 'gone' : 'disabled';
    return { kind: 'dead', delivery, previous, reason, error: `the webhook is disabled (${disabled.reason})` };
  }
  if (nowMs - row.parkedAtMs <= (retry?.maxAgeMs ?? DEFAULT_MAX_AGE_MS)) return undefined;
  return { kind: 'dead', delivery, previous, reason: 'expired', error: 'it waited too long for its receiver' };
}

/** @returns undefined for an event that this release can't read */
export function parkedDelivery({ endpointId, event: stored, replay }: BacklogRow): EventDelivery | undefined {
  const event = readStoredEvent(stored);
  return event && { endpointId, event, ...(replay !== undefined && { replay }) };
}
