import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';
import type { EndpointStateRow } from '#core/contracts/rows/endpoint-state-row.ts';
import type { BuryDependencies } from '../shared/delivery/bury-delivery.ts';
import type { DeliveryDependencies } from '../shared/delivery/delivery-dependencies.ts';
import type { Pace } from './pacer.ts';

export type RecoveryDependencies = DeliveryDependencies & BuryDependencies;

/** One look at an endpoint. */
export interface Look {
  readonly endpoint: EndpointRow;
  readonly state: EndpointStateRow;
  /** Names this call among those who drain. */
  readonly token: string;
  readonly pace: Pace;
  /** False: no further delivery is begun. */
  readonly mayGoOn: () => boolean;
}
