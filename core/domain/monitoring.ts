import type { Event } from '../contracts/event.ts';
import type { EndpointId } from './ids.ts';

/**
 * What becomes of deliveries, as an account's monitoring is told. One delivery may count several times on its way: `failed`
 * twice, then `parked`, then `delivered`.
 */
export const DELIVERY_COUNTS = [
  /** The receiver took it. */
  'delivered',
  /** An attempt came to nothing and there will be another. */
  'failed',
  /** The receiver does not want it: a 4xx that is not about load or time, 410, `abort-message`, a blocked address. */
  'refused',
  /** Nobody tries it any more. */
  'dead',
  /** It waits in the backlog for its endpoint. */
  'parked',
  /** The endpoint's own filter did not want it. */
  'filtered',
  /** Its endpoint was deleted or disabled meanwhile. */
  'dropped',
] as const;
export type DeliveryCount = (typeof DELIVERY_COUNTS)[number];

/** What is worth a `queue.error`. */
export const ERROR_COUNTS = ['dead', 'refused', 'parked'] as const satisfies readonly DeliveryCount[];

/** Why, for `queue.error`: shown is the last one of the minute. */
export interface DeliveryTrouble {
  readonly httpStatus?: number | undefined;
  /** One sentence. */
  readonly error?: string | undefined;
}

/**
 * Counts deliveries for the monitoring of accounts (`queue.error`, `queue.stats`, `filter.applied`). Costs nothing for accounts
 * without a monitoring endpoint.
 */
export interface DeliveryMonitor {
  /** Notes it in memory. Deliveries of `queue` events are not counted, so that monitoring never reports about itself. */
  count(
    delivery: { readonly endpointId: EndpointId; readonly event: Event },
    what: DeliveryCount,
    trouble?: DeliveryTrouble,
  ): void;
  /**
   * Writes what was noted, one UpdateItem for each account with monitoring; to be awaited before a handler returns. Never
   * rejects: what could not be written is noted still and goes with the next flush.
   */
  flush(): Promise<void>;
}

/** For code that runs without monitoring. */
export const noDeliveryMonitor: DeliveryMonitor = { count: () => undefined, flush: () => Promise.resolve() };
