import { AsyncLocalStorage } from 'node:async_hooks';
import type { AccountId, SessionId, SessionUid } from '#core/domain/ids.ts';

/** What names a session everywhere; commands, rows and events carry it. */
export interface SessionIdentity {
  readonly accountId: AccountId;
  readonly sessionId: SessionId;
  readonly sessionUid: SessionUid;
}

/** Whose work is going on, so that an error that nobody caught recycles one session and not all of them. */
export const currentSession = new AsyncLocalStorage<SessionUid>();

/** Takes the identity out of a row or a command that carries more. */
export const identityOf = ({ accountId, sessionId, sessionUid }: SessionIdentity): SessionIdentity => ({
  accountId,
  sessionId,
  sessionUid,
});
