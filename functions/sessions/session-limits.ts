import type { ChangeLimits, SetLimits, WrittenLimit } from '#core/contracts/api/limits.ts';
import type { Limit, SessionLimits } from '#core/contracts/limits.ts';

/** The limits of a session after a change. @param changes null: all go back to the default */
export function changedLimits(
  current: SessionLimits | undefined,
  changes: ChangeLimits | null,
): SessionLimits | undefined {
  if (changes === null) return undefined;
  const { session, pair, new_contacts: newContacts } = changes;
  const changed = {
    session: changedLimit(current?.session, session),
    pair: changedLimit(current?.pair, pair),
    newContacts: changedLimit(current?.newContacts, newContacts),
  };
  const set = Object.entries(changed).filter(([, limit]) => limit !== undefined);
  return set.length === 0 ? undefined : Object.fromEntries(set);
}

function changedLimit(current: Limit | undefined, change: WrittenLimit | null | undefined): Limit | undefined {
  if (change === undefined) return current;
  if (change === null || change === 0) return change ?? undefined;
  const { amount, per_seconds: perSeconds, burst } = change;
  return { amount, perSeconds, ...(burst ? { burst } : {}) };
}

/** What its owner has set, as the API shows it. */
export function shownLimits(limits: SessionLimits = {}): SetLimits {
  const { session, pair, newContacts } = limits;
  return { session: shownLimit(session), pair: shownLimit(pair), new_contacts: shownLimit(newContacts) };
}

function shownLimit(limit: Limit | undefined): WrittenLimit | null {
  if (limit === undefined || limit === 0) return limit ?? null;
  const { amount, perSeconds, burst = amount } = limit;
  return { amount, per_seconds: perSeconds, burst: Math.max(1, burst) };
}
