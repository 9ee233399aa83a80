import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeAddressGuard } from '#core/adapters/http/address-guard.ts';

describe('makeAddressGuard', () => {
  const guard = makeAddressGuard([]);
  it.each(['8.8.8.8', '93.184.216.34', '172.15.255.255', '172.32.0.1', '2606:4700::1111', '2a00:1450:4001::1'])(
    'allows the public address %s',
    (address) => expect(guard.allows(address)).toBe(true),
  );
  it.each([
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '169.254.170.2',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.1',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.0.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::7f00:1',
    '::ffff:127.0.0.1',
    '::ffff:169.254.169.254',
    '::ffff:0:7f00:1',
    '64:ff9b::7f00:1',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::1',
    '2002:a9fe:a9fe::1',
    '3fff::1',
    '5f00::1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fec0::1',
    'ff02::1',
  ])('refuses %s', (address) => expect(guard.allows(address)).toBe(false));
  it.each(['', 'localhost', '127.1', '2130706433', 'fe80::1%eth0', '[::1]', '8.8.8.8:80'])(
    'refuses what is no address: %j',
    (text) => expect(guard.allows(text)).toBe(false),
  );
  it('allows private targets that the deployment names, and no others', () => {
    const local = makeAddressGuard(['127.0.0.0/8', '::1/128']);
    expect(['127.0.0.1', '::1'].map((address) => local.allows(address))).toEqual([true, true]);
    expect(['10.0.0.1', 'fe80::1'].map((address) => local.allows(address))).toEqual([false, false]);
  });
  it('refuses each private IPv4 address however it is wrapped in IPv6', () => {
    fc.assert(
      fc.property(fc.constantFrom(10, 127), fc.nat(255), fc.nat(255), fc.nat(255), (a, b, c, d) => {
        const hex = (x: number, y: number): string => (x * 256 + y).toString(16);
        const [high, low] = [hex(a, b), hex(c, d)];
        for (const form of [
          `::ffff:${a}.${b}.${c}.${d}`,
          `::${high}:${low}`,
          `64:ff9b::${high}:${low}`,
          `2002:${high}:${low}::`,
        ])
          expect(guard.allows(form)).toBe(false);
      }),
    );
  });
  it('refuses a private target that is no CIDR', () => {
    for (const wrong of ['127.0.0.1', 'localhost/8', '10.0.0.0/', '10.0.0.0/x']) {
      expect(() => makeAddressGuard([wrong])).toThrow('not a CIDR');
    }
  });
});
