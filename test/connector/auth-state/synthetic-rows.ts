import { randomBytes } from 'node:crypto';

const key = (bytes = 33): string => randomBytes(bytes).toString('base64');

/** A record of a contact device as libsignal stores it: one open session and the rest closed. */
export function sessionRecord(sessions: number, note?: string): Record<string, unknown> {
  const entries = Array.from({ length: sessions }, (_, index) => {
    const baseKey = key();
    const own = { pubKey: key(), privKey: key(32) };
    const remote = key();
    const closed = index === 0 ? -1 : 1_790_000_000_000 - index;
    const entry = {
      registrationId: 4711,
      currentRatchet: { ephemeralKeyPair: own, lastRemoteEphemeralKey: remote, previousCounter: 0, rootKey: key(32) },
      indexInfo: {
        baseKey,
        baseKeyType: 1,
        closed,
        used: 1_790_000_000_000,
        created: 1_790_000_000_000,
        remoteIdentityKey: key(),
      },
      _chains: {
        [remote]: { chainKey: { counter: 3, key: key(32) }, chainType: 2, messageKeys: {} },
        ...(index === 0 && { [own.pubKey]: { chainKey: { counter: 1, key: key(32) }, chainType: 1, messageKeys: {} } }),
      },
    };
    return [baseKey, entry];
  });
  return { _sessions: Object.fromEntries(entries), version: 'v1', ...(note !== undefined && { note }) };
}
