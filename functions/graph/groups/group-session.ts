import type { SessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import { GraphError } from '#core/domain/graph-error.ts';
import { ownSession } from '../../shared/own-session.ts';
import type { GraphRequest } from '../graph-route.ts';

export type GroupSessions = Pick<SessionRepository, 'get' | 'listByAccount'>;

/**
 * The same request, with the session that is in the group: Meta's paths name the group alone, and WhatsApp has one group for all of its
 * members. That of `phone_number_id` in the query, else the only one of the account.
 * @throws GraphError 100 where the account has several and none is named, 100/33 for one that it has not got
 */
export async function withGroupSession(sessions: GroupSessions, request: GraphRequest): Promise<GraphRequest> {
  const { caller, method } = request;
  const named = request.query.get('phone_number_id') ?? (await onlyOne(sessions, request));
  const session = await ownSession(sessions, { method, caller, id: named }, 400);
  return { ...request, session: () => Promise.resolve(session) };
}

async function onlyOne(sessions: GroupSessions, { caller }: GraphRequest): Promise<string> {
  const [only, ...others] = await sessions.listByAccount(caller.accountId);
  if (only && others.length === 0) return only.sessionId;
  throw new GraphError(100, 'phone_number_id: has to be in the query, as the account has not just one number.');
}
