import { createHash } from 'node:crypto';
import { type AccountId, type EventId, EventIdSchema, type SessionUid } from './ids.ts';

/**
 * Deterministic id of an event, so that a second emission of the same fact has the same id.
 * @param facts what makes the event itself: kind, wamid, status …; each part is length-prefixed, so no two lists collide.
 */
export const eventIdOf = (sessionUid: SessionUid, ...facts: readonly string[]): EventId => hashOf(sessionUid, facts);

/** The same for events that belong to no session. An account's id has another length than a session's uid. */
export const accountEventIdOf = (accountId: AccountId, ...facts: readonly string[]): EventId =>
  hashOf(accountId, facts);

function hashOf(owner: SessionUid | AccountId, facts: readonly string[]): EventId {
  const hash = createHash('sha256');
  for (const fact of [owner, ...facts]) hash.update(`${Buffer.byteLength(fact)}:`).update(fact);
  return EventIdSchema.parse(hash.digest('hex').slice(0, 32));
}
