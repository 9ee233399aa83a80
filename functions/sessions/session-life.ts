import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import { objectMissing } from '#core/domain/graph-error.ts';
import type { ApiResponse } from '../shared/api-response.ts';
import { controlCommand } from '../shared/control-command.ts';
import { ownSession } from '../shared/own-session.ts';
import type { RouteRequest } from '../shared/router.ts';
import type { SessionDependencies } from './session-dependencies.ts';

const SUCCESS: ApiResponse = { body: { success: true } };

type Change = 'session.start' | 'session.stop' | 'session.logout';

/** What the owner wants after each change; a session that was logged out waits for its next start. */
const DESIRED_AFTER: Readonly<Record<Change, SessionRow['desired']>> = {
  'session.start': 'running',
  'session.stop': 'stopped',
  'session.logout': 'stopped',
};

/** POST /sessions/{id}/start, …/stop and …/logout: notes what the owner wants and tells the connector. Repeating does no harm. */
export function makeChangeSession({ sessions, outbound, clock }: SessionDependencies, change: Change) {
  return async (request: RouteRequest): Promise<ApiResponse> => {
    const row = await ownSession(sessions, request);
    if (!(await sessions.setDesired(row, DESIRED_AFTER[change]))) throw goneMeanwhile(request);
    await outbound.send(row.shard, controlCommand(change, row, clock.now(), request.traceId));
    return SUCCESS;
  };
}

/**
 * DELETE /sessions/{id}: unlinks the number and forgets it with the webhooks that were for it alone. The command goes first: without it the
 * connector would keep a link that nobody can see. If a later step fails, the same call again does the rest.
 */
export function makeDeleteSession({ sessions, endpoints, outbound, clock }: SessionDependencies) {
  return async (request: RouteRequest): Promise<ApiResponse> => {
    const row = await ownSession(sessions, request);
    await outbound.send(row.shard, controlCommand('session.delete', row, clock.now(), request.traceId));
    for (const { accountId, endpointId, session } of await endpoints.list(row.accountId)) {
      if (session?.sessionUid === row.sessionUid) await endpoints.remove(accountId, endpointId);
    }
    await sessions.remove(row);
    return SUCCESS;
  };
}

const goneMeanwhile = ({ method, id }: RouteRequest) =>
  objectMissing(`Object with ID '${id}'`, { status: 404, method });
