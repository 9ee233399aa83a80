import type { EndpointRow } from '../../contracts/rows/endpoint-row.ts';

/** webhooks.md 3.2. */
const DEFAULT_RATE = { perSecond: 50, burst: 100 } as const;

/** The token bucket of an endpoint, in the limits table. */
export const endpointBucket = ({ endpointId, rate = DEFAULT_RATE }: Pick<EndpointRow, 'endpointId' | 'rate'>) => ({
  key: `endpoint#${endpointId}`,
  perSecond: rate.perSecond,
  burst: rate.burst,
});
