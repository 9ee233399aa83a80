import type { Event } from '../../contracts/event.ts';
import type { DeliveryRow } from '../../contracts/rows/delivery-row.ts';
import type { EndpointRow } from '../../contracts/rows/endpoint-row.ts';
import type { EndpointStateRow } from '../../contracts/rows/endpoint-state-row.ts';
import { isClosedOff, isSlow } from './breaker.ts';
import { wants } from './event-filter.ts';

/** What is known of a delivery when its turn comes. */
export interface Known {
  readonly event: Event;
  readonly isReplay: boolean;
  /** Undefined: deleted. */
  readonly endpoint: EndpointRow | undefined;
  readonly row: DeliveryRow | undefined;
  readonly state: EndpointStateRow | undefined;
  /** Something of its chat is parked. */
  readonly isBlocked: boolean;
  /** The call that is to send it ends too soon. */
  readonly isLate: boolean;
  readonly nowMs: number;
}

export type Fate =
  /** `gone`: nobody will ever ask for it. `disabled`: it can be replayed. */
  | { readonly kind: 'drop'; readonly why: 'gone' | 'disabled' }
  | { readonly kind: 'filter' }
  /** It has had its end. */
  | { readonly kind: 'done' }
  /** Another call has sent it already and may have died before it told the retry machine. */
  | { readonly kind: 'resume' }
  | { readonly kind: 'park'; readonly reason: string }
  /** Behind an earlier event of its chat. */
  | { readonly kind: 'append' }
  | { readonly kind: 'send' };

/** What happens to a delivery that the queue brings. */
export function fateOf(known: Known): Fate {
  const { endpoint, event, isBlocked, isLate, isReplay, nowMs, row, state } = known;
  if (!endpoint) return { kind: 'drop', why: 'gone' };
  // Whoever asks for a replay has seen the filter.
  if (!isReplay && !wants(endpoint, event)) return { kind: 'filter' };
  if (endpoint.disabled) return { kind: 'drop', why: 'disabled' };
  const earlier = isReplay ? undefined : fateBefore(row);
  if (earlier) return earlier;
  const reason = reasonToPark(state, nowMs);
  if (reason !== undefined) return { kind: 'park', reason };
  if (isBlocked) return { kind: 'append' };
  return isLate ? { kind: 'park', reason: 'the call before it took too long' } : { kind: 'send' };
}

/** What an earlier call left to be done. @returns undefined where it left all of it */
function fateBefore(row: DeliveryRow | undefined): Fate | undefined {
  switch (row?.status) {
    case 'delivered':
    case 'dead':
      return { kind: 'done' };
    case 'retrying':
      return { kind: 'resume' };
    case 'parked':
      return { kind: 'park', reason: row.error ?? 'it was parked before' };
    case 'failed':
    case 'dropped':
    case undefined:
      return undefined;
  }
}

/** @returns undefined for an endpoint that can be called */
export function reasonToPark(state: EndpointStateRow | undefined, nowMs: number): string | undefined {
  if (isClosedOff(state, nowMs)) return state?.openedBy ?? 'its receiver asked for patience';
  return isSlow(state, nowMs)
    ? 'others would wait for it: it answers slowly, or has more events than its rate allows'
    : undefined;
}
