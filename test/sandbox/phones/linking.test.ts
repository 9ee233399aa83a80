import { buildPairingQRData } from '@whiskeysockets/baileys';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseQr } from '../../../sandbox/phones/linking.ts';

const key = Buffer.alloc(32, 7).toString('base64');

describe('parseQr', () => {
  it('reads the code of a current client and of one that shows the bare fields', () => {
    const current = buildPairingQRData('2@ref', key, key, key, ['Mac OS', 'Chrome', '1']);
    for (const text of [current, `2@ref,${key},${key},${key}`]) {
      expect(parseQr(text)).toEqual({
        ref: '2@ref',
        companionIdentity: Buffer.alloc(32, 7),
        advSecret: Buffer.alloc(32, 7),
      });
    }
  });

  it('refuses everything else without throwing', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseQr(text)).toBeUndefined();
      }),
    );
    expect(parseQr(`2@ref,${key},AAAA,${key}`)).toBeUndefined();
  });
});
