import { GraphError } from '#core/domain/graph-error.ts';

/**
 * Checks the name of a proxy that a caller wrote. Names only: the address is the operator's (D11).
 * @throws GraphError 100 that names the field and the proxies that there are
 */
export function knownProxy(name: string, proxies: readonly string[]): string {
  if (proxies.includes(name)) return name;
  const known =
    proxies.length === 0 ? 'this deployment has no proxies; leave it out' : `must be one of ${proxies.join(', ')}`;
  throw new GraphError(100, `proxy: ${known}.`);
}
