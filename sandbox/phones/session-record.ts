/** A contact device's record as libsignal stores it: its sessions by base key, one of them open. */
interface SessionRecord {
  readonly _sessions: Readonly<Record<string, SessionEntry>>;
}

interface SessionEntry {
  readonly indexInfo: { readonly used: number };
}

/**
 * Puts back the sessions that did not decrypt a message. libsignal in JavaScript, unlike WhatsApp's own, steps the ratchet of
 * each session that it tries before the MAC tells that it was the wrong one, and stores the lot.
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

/** libsignal begins with the session that was used last. */
function inTrialOrder({ _sessions }: SessionRecord): string[] {
  return Object.entries(_sessions)
    .toSorted(([, a], [, b]) => (b.indexInfo.used || 0) - (a.indexInfo.used || 0))
    .map(([key]) => key);
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

const isRecord = (value: unknown): value is SessionRecord =>
  typeof value === 'object' && value !== null && '_sessions' in value && typeof value._sessions === 'object';
