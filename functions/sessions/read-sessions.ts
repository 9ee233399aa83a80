import type { ApiResponse } from '../shared/api-response.ts';
import { ownSession } from '../shared/own-session.ts';
import type { RouteRequest } from '../shared/router.ts';
import { languageOf } from './language.ts';
import type { SessionDependencies } from './session-dependencies.ts';
import { sessionResource } from './session-resource.ts';

/** GET /sessions: all sessions of the account, ordered by id. */
export function makeListSessions({ sessions }: SessionDependencies) {
  return async ({ caller, headers }: RouteRequest): Promise<ApiResponse> => {
    const rows = await sessions.listByAccount(caller.accountId);
    const language = languageOf(headers['accept-language']);
    return { body: { data: rows.map((row) => sessionResource(row, language)) } };
  };
}

/** GET /sessions/{id} */
export function makeGetSession({ sessions }: SessionDependencies) {
  return async (request: RouteRequest): Promise<ApiResponse> => ({
    body: sessionResource(await ownSession(sessions, request), languageOf(request.headers['accept-language'])),
  });
}
