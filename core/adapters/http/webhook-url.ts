import { lookup as systemLookup } from 'node:dns';
import { isIP } from 'node:net';
import type { Clock } from '../../domain/clock.ts';
import { makeAddressGuard } from './address-guard.ts';
import type { Lookup } from './guarded-connection.ts';

/** Longest URL of a webhook, characters; what browsers and proxies agree on. */
export const LONGEST_URL = 2048;
/** A name server that takes longer does not hold the request up: the address is judged again at each connection. Milliseconds. */
const RESOLVE_MS = 1500;

export interface WebhookUrlOptions {
  /** CIDRs that may be reached although they are private. */
  readonly privateTargets: readonly string[];
  readonly clock: Clock;
  readonly lookup?: Lookup;
}

/** Says why a URL can't be a webhook's, one sentence; undefined if it can. */
export type WebhookUrlCheck = (url: string) => Promise<string | undefined>;

/** A first, friendly check when a webhook is created. It is no protection: that is the guard at connect time. */
export function makeWebhookUrlCheck(options: WebhookUrlOptions): WebhookUrlCheck {
  const guard = makeAddressGuard(options.privateTargets);
  return async (written) => {
    const formal = formalRefusal(written);
    if (formal) return formal;
    const host = new URL(written).hostname.replace(/^\[(.*)\]$/, '$1');
    const addresses = isIP(host) === 0 ? await addressesOf(host, options) : [host];
    if (addresses.length === 0 || addresses.some((address) => guard.allows(address))) return undefined;
    return `must be reachable from the internet, ${host} is a private address; the deploy option privateTargets can allow it`;
  };
}

function formalRefusal(written: string): string | undefined {
  if (written.length > LONGEST_URL) return `must be at most ${LONGEST_URL} characters long`;
  if (!URL.canParse(written)) return 'must be a URL, for example https://example.com/webhook';
  const url = new URL(written);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https:// or http://';
  if (url.username || url.password) return 'must not contain a user name or a password';
  if (url.hash) return 'must not contain a fragment (#…)';
  return undefined;
}

/** All addresses of a name; none if it does not resolve in time, which may be different when the first event comes. */
function addressesOf(host: string, { clock, lookup = systemLookup }: WebhookUrlOptions): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const cancel = clock.after(RESOLVE_MS, () => resolve([]));
    lookup(host, { all: true }, (error, addresses) => {
      cancel();
      resolve(error ? [] : addresses.map(({ address }) => address));
    });
  });
}
