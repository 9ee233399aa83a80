import { createRequire } from 'node:module';
import { Curve } from '@whiskeysockets/baileys';
import type published25519 from 'curve25519-js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verifySignature } from '../../../connector/whatsapp/signatures.ts';

/** A copy of its own, so that this one is as it was published, whatever the connector's modules have done to theirs. */
const published = (() => {
  const require = createRequire(import.meta.url);
  const file = require.resolve('curve25519-js');
  const kept = require.cache[file];
  delete require.cache[file];
  const copy = require('curve25519-js') as typeof published25519;
  if (kept) require.cache[file] = kept;
  return copy;
})();

const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
const text = fc.uint8Array({ maxLength: 200 });
/** Which bit of which byte is another one, of what. */
const change = fc.record({
  of: fc.constantFrom('nothing', 'key', 'message', 'signature'),
  byte: fc.nat(),
  bit: fc.nat({ max: 7 }),
});

function changed(bytes: Uint8Array, { byte, bit }: { readonly byte: number; readonly bit: number }): Uint8Array {
  if (bytes.length === 0) return Uint8Array.of(1);
  const at = byte % bytes.length;
  return bytes.map((value, index) => (index === at ? value ^ (1 << bit) : value));
}

describe('verifySignature', () => {
  it('says what curve25519-js says of signatures that are right and of those in which one bit is wrong', () => {
    const property = fc.property(key, text, change, (seed, message, { of, ...where }) => {
      const pair = published.generateKeyPair(seed);
      const signature = published.sign(pair.private, message, undefined);
      const all = {
        key: of === 'key' ? changed(pair.public, where) : pair.public,
        message: of === 'message' ? changed(message, where) : message,
        signature: of === 'signature' ? changed(signature, where) : signature,
      };
      expect(verifySignature(all.key, all.message, all.signature)).toBe(
        published.verify(all.key, all.message, all.signature),
      );
      if (of === 'nothing') expect(verifySignature(all.key, all.message, all.signature)).toBe(true);
    });
    fc.assert(property, { numRuns: 60 });
  });

  it('says what curve25519-js says of any bytes', () => {
    const signature = fc.uint8Array({ minLength: 64, maxLength: 64 });
    const property = fc.property(key, text, signature, (publicKey, message, bytes) => {
      expect(verifySignature(publicKey, message, bytes)).toBe(published.verify(publicKey, message, bytes));
    });
    fc.assert(property, { numRuns: 40 });
  });

  it.each([
    ['u = 0', 0],
    ['u = 1', 1],
    ['u = −1, which has no inverse of u + 1', -1],
  ])('does not stumble over the key %s', (_name, u) => {
    const publicKey = new Uint8Array(32).fill(u < 0 ? 0xff : 0);
    if (u < 0) [publicKey[0], publicKey[31]] = [0xec, 0x7f];
    else publicKey[0] = u;
    const signature = new Uint8Array(64).fill(7);
    expect(verifySignature(publicKey, Uint8Array.of(1), signature)).toBe(
      published.verify(publicKey, Uint8Array.of(1), signature),
    );
  });

  it('takes a signature in one form only: the other one of the same number is refused', () => {
    const pair = published.generateKeyPair(new Uint8Array(32).fill(9));
    const message = Uint8Array.of(1, 2, 3);
    const signature = published.sign(pair.private, message, undefined);
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    let carry = order;
    const other = signature.map((value, index) => {
      if (index < 32) return value;
      const sum = BigInt(index === 63 ? value & 0x7f : value) + (carry & 0xffn);
      carry = (carry >> 8n) + (sum >> 8n);
      return Number(sum & 0xffn) | (index === 63 ? value & 0x80 : 0);
    });
    expect(published.verify(pair.public, message, other)).toBe(true);
    expect(verifySignature(pair.public, message, other)).toBe(false);
  });

  it('refuses lengths that can’t be', () => {
    const [key, signature] = [new Uint8Array(32), new Uint8Array(64)];
    expect(() => verifySignature(key.subarray(1), key, signature)).toThrow('public key length');
    expect(() => verifySignature(key, key, signature.subarray(1))).toThrow('signature length');
  });
});

describe('native-signatures.ts', () => {
  it('makes libsignal, and Baileys through it, ask OpenSSL', async () => {
    await import('../../../connector/whatsapp/native-signatures.ts');
    const { default: curve25519 } = await import('curve25519-js');
    expect(curve25519.verify).toBe(verifySignature);
    const libsignal = createRequire(import.meta.resolve('@whiskeysockets/baileys'))('libsignal/src/curve.js') as {
      verifySignature(publicKey: Buffer, message: Buffer, signature: Buffer): boolean;
    };
    const { private: own, public: known } = Curve.generateKeyPair();
    const message = Buffer.from('who am I');
    const signature = Curve.sign(own, message);
    const prefixed = Buffer.concat([Buffer.of(5), known]);
    expect(libsignal.verifySignature(prefixed, message, Buffer.from(signature))).toBe(true);
    expect(libsignal.verifySignature(prefixed, Buffer.from('another'), Buffer.from(signature))).toBe(false);
  });
});
