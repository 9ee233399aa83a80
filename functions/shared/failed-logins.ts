import type { Bucket, TokenBuckets } from '#core/adapters/dynamodb/token-bucket.ts';
import type { DeploymentLimits } from '#core/contracts/limits.ts';
import { GraphError } from '#core/domain/graph-error.ts';
import { limitsOf } from '#core/domain/limits/effective-limits.ts';
import { LIMIT_KEYS } from '#core/resource-names.ts';

/** Counts wrong API keys by the address that sent them. */
export interface FailedLogins {
  /** Before a key is looked up. No call. @throws GraphError 4 (429) for an address that has sent too many */
  refuseOver(sourceIp: string): void;
  /** A key was wrong: one write. @throws GraphError 4 (429) if it was one too many */
  count(sourceIp: string): Promise<void>;
}

/**
 * Each function remembers the addresses that it saw go over their limit, so further attempts cost nothing; one that has not
 * seen an address yet learns it with the first wrong key: a look-up and a write. An attempt with a key that is known by heart
 * is no attempt, so customers behind an address with an intruder go on.
 */
export function makeFailedLogins(options: {
  readonly buckets: Pick<TokenBuckets, 'take' | 'knownWaitMs'>;
  readonly deployment: DeploymentLimits;
  readonly onRefused: () => void;
}): FailedLogins {
  const { buckets, deployment, onRefused } = options;
  const { failedLogins: limit } = limitsOf(deployment);
  const bucketOf = (sourceIp: string): Bucket | undefined =>
    limit && { ...limit, key: `${LIMIT_KEYS.login}${networkOf(sourceIp)}` };
  const refuseIf = (waitMs: number): void => {
    if (waitMs === 0) return;
    onRefused();
    throw tooManyLogins(waitMs);
  };
  return {
    refuseOver(sourceIp) {
      const bucket = bucketOf(sourceIp);
      if (bucket) refuseIf(buckets.knownWaitMs(bucket));
    },
    async count(sourceIp) {
      const bucket = bucketOf(sourceIp);
      if (!bucket) return;
      const taken = await buckets.take(bucket);
      refuseIf(taken.admitted ? 0 : taken.retryAfterMs);
    },
  };
}

function tooManyLogins(waitMs: number): GraphError {
  return new GraphError(4, `Too many wrong API keys from this address. Try again in ${waitMs} ms.`, {
    status: 429,
    transient: true,
    headers: { 'retry-after': String(Math.ceil(waitMs / 1000)), 'retry-after-ms': String(waitMs) },
  });
}

/** Groups of an IPv6 address that name a network: what is behind them is free to choose. */
const NETWORK_GROUPS = 4;

/** An IPv4 address, or the /64 of an IPv6 address. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
  return `${groups
    .slice(0, NETWORK_GROUPS)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
