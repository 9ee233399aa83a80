/** A contact device's record as libsignal stores it: its sessions by base key, one of them open. */
interface SessionRecord {
  readonly _sessions: Readonly<Record<string, SessionEntry>>;
}

interface SessionEntry {
  readonly registrationId: number;
  readonly currentRatchet: {
    readonly ephemeralKeyPair: { readonly pubKey: string };
    readonly lastRemoteEphemeralKey: string;
  };
  readonly indexInfo: {
    /** When it decrypted last, or was made, milliseconds since the epoch. */
    readonly used: number;
    /** When another one took its place, milliseconds since the epoch; -1 for the open one. */
    readonly closed: number;
    /** Base64. */
    readonly remoteIdentityKey: string;
  };
  readonly _chains: Readonly<Record<string, Chain>>;
  /** Until the contact has answered. */
  readonly pendingPreKey?: unknown;
}

interface Chain {
  readonly chainKey: { readonly key?: string };
  /** Keys of messages that were overtaken, by number. */
  readonly messageKeys: Readonly<Record<string, string>>;
}

/**
 * Closed sessions that are kept beside the open one. libsignal keeps forty, 35 KB; with two the packed row stays under 1 KB,
 * one write unit (D7). They are for messages that were under way when the session was replaced: the one that the contact
 * wrote with last, because it may still, and the newest other. A message for an older one is asked for again by a retry
 * receipt, so it comes later and is not lost.
 */
const CLOSED_KEPT = 2;

/** Chains with keys of overtaken messages that are kept beside the current one; Signal's own clients keep as many. */
const OLD_CHAINS_KEPT = 5;

/**
 * Puts back the sessions that did not decrypt a message. libsignal tries one session after the other, and each try steps
 * its ratchet before the MAC tells that it was the wrong one; then it stores the lot. Whoever has two sessions with a
 * contact, as after both wrote first, loses the good one that way: "no matching sessions", message after message.
 * @param before the record before the decryption of a `msg`
 * @param after the record as libsignal stored it
 * @returns the record to store instead, undefined when `after` is right
 */
export function withUntouchedSessions(before: unknown, after: unknown): unknown {
  if (!isRecord(before) || !isRecord(after)) return undefined;
  const tried = inTrialOrder(before).filter(
    (key) => key in after._sessions && !isSame(before._sessions[key], after._sessions[key]),
  );
  // The trials end with the session that fits.
  const wrong = tried.slice(0, -1);
  if (wrong.length === 0) return undefined;
  const restored = Object.fromEntries(wrong.map((key) => [key, before._sessions[key]]));
  return { ...after, _sessions: { ...after._sessions, ...restored } };
}

/** Whether the record has an open session with the device that has these keys. */
export function stands(
  record: unknown,
  { identityKey, registrationId }: { readonly identityKey: Uint8Array; readonly registrationId: number },
): boolean {
  if (!isRecord(record)) return false;
  const identity = Buffer.from(identityKey).toString('base64');
  return Object.values(record._sessions).some(
    (session) =>
      session.indexInfo.closed === OPEN &&
      session.registrationId === registrationId &&
      session.indexInfo.remoteIdentityKey === identity,
  );
}

/**
 * The record without what no message can need any more. libsignal adds a chain with every turn of a conversation and never
 * takes one away (120 bytes a turn), and it keeps forty closed sessions.
 */
export function pruned(record: unknown): unknown {
  if (!isRecord(record)) return record;
  const sessions = Object.entries(record._sessions);
  const closed = sessions.filter(([, { indexInfo }]) => indexInfo.closed !== OPEN);
  const answered = closed.filter(([, session]) => !session.pendingPreKey);
  const wanted = [...byLatest(answered, 'used').slice(0, 1), ...byLatest(closed, 'closed')].map(([key]) => key);
  const kept = new Set([...new Set(wanted)].slice(0, CLOSED_KEPT));
  const left = sessions.filter(([key, { indexInfo }]) => indexInfo.closed === OPEN || kept.has(key));
  return { ...record, _sessions: Object.fromEntries(left.map(([key, session]) => [key, withoutOldChains(session)])) };
}

/** A closed session only receives: its sending chain goes too. */
function withoutOldChains(session: SessionEntry): SessionEntry {
  const { ephemeralKeyPair, lastRemoteEphemeralKey } = session.currentRatchet;
  const current = new Set([lastRemoteEphemeralKey]);
  if (session.indexInfo.closed === OPEN) current.add(ephemeralKeyPair.pubKey);
  const chains = Object.entries(session._chains);
  const old = chains.filter(([key, chain]) => key !== ephemeralKeyPair.pubKey && !current.has(key) && hasKeys(chain));
  // New chains are added behind the others.
  for (const [key] of old.slice(-OLD_CHAINS_KEPT)) current.add(key);
  return { ...session, _chains: Object.fromEntries(chains.filter(([key]) => current.has(key))) };
}

const OPEN = -1;

type Entry = readonly [string, SessionEntry];

const byLatest = (entries: readonly Entry[], by: 'used' | 'closed'): readonly Entry[] =>
  entries.toSorted(([, a], [, b]) => b.indexInfo[by] - a.indexInfo[by]);
const hasKeys = ({ messageKeys }: Chain): boolean => Object.keys(messageKeys).length > 0;

/** libsignal begins with the session that was used last. */
function inTrialOrder({ _sessions }: SessionRecord): string[] {
  return Object.entries(_sessions)
    .toSorted(([, a], [, b]) => (b.indexInfo.used || 0) - (a.indexInfo.used || 0))
    .map(([key]) => key);
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

const isRecord = (value: unknown): value is SessionRecord =>
  typeof value === 'object' && value !== null && '_sessions' in value && typeof value._sessions === 'object';
