import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pack, textOf, unpack, valueOf } from '../../../connector/auth-state/value-codec.ts';

const bytes = fc.uint8Array({ maxLength: 80 }).map((array) => Buffer.from(array));
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    bytes,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('$bytes', '$value', 'type', 'data')), tie('tree'), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  ),
}));

describe('pack and textOf', () => {
  it('comes back as it was, bytes as Buffers, whatever the keys are called', () => {
    fc.assert(
      fc.property(tree, (value) => {
        expect(valueOf(unpack(pack(textOf(value))))).toEqual(value);
      }),
    );
  });

  it('keeps a session record below one write unit of DynamoDB', () => {
    const key = (): string => Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64');
    const chain = { chainKey: { counter: 3, key: key() }, chainType: 1, messageKeys: {} };
    const session = {
      registrationId: 1234,
      currentRatchet: {
        ephemeralKeyPair: { pubKey: key(), privKey: key() },
        lastRemoteEphemeralKey: key(),
        previousCounter: 2,
        rootKey: key(),
      },
      indexInfo: { baseKey: key(), baseKeyType: 1, closed: -1, used: 1, created: 1, remoteIdentityKey: key() },
      _chains: { [key()]: chain, [key()]: chain },
    };
    const packed = pack(textOf({ _sessions: { [key()]: session }, version: 'v1' }));
    expect(packed.length).toBeLessThan(450);
  });

  it('refuses a format that it does not know', () => {
    expect(() => unpack(Uint8Array.from([9, 1]))).toThrow('Unknown format 9');
  });
});
