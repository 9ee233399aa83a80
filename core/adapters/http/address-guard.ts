import { BlockList, isIP, isIPv6 } from 'node:net';

/**
 * Addresses that a user-supplied URL may not reach: everything that is not public unicast, by the IANA special-purpose
 * registries. Of IPv6 only 2000::/3 is handed out, so the first three prefixes hold loopback, link-local, unique local, multicast,
 * NAT64 and every form that carries an IPv4 address inside, except 6to4 and Teredo, which are named.
 */
const REFUSED_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
] as const;

const REFUSED_IPV6 = ['::/3', '4000::/2', '8000::/1', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'] as const;

/** Says of each IP address whether a user-supplied URL may reach it. Pure; the one list for creation and connect time. */
export interface AddressGuard {
  /** @param address IPv4 or IPv6 without brackets; anything else is refused */
  allows(address: string): boolean;
}

/** @param privateTargets CIDRs that are allowed although they are private. @throws Error for what is no CIDR */
export function makeAddressGuard(privateTargets: readonly string[]): AddressGuard {
  // Two lists, because one would judge IPv4 addresses by the IPv6 prefixes, as if they were mapped.
  const refused = { ipv4: listOf(REFUSED_IPV4), ipv6: listOf(REFUSED_IPV6) };
  const allowed = listOf(privateTargets);
  return {
    allows(address) {
      if (isIP(address) === 0) return false;
      const family = isIPv6(address) ? 'ipv6' : 'ipv4';
      return allowed.check(address, family) || !refused[family].check(address, family);
    },
  };
}

function listOf(cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', bits = ''] = cidr.split('/');
    if (isIP(address) === 0 || !/^\d+$/.test(bits)) throw new Error(`${cidr} is not a CIDR, for example 10.0.0.0/8`);
    list.addSubnet(address, Number(bits), isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  return list;
}
