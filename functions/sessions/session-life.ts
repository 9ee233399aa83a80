import { objectMissing } from '#core/domain/graph-error.ts';
import type { ApiResponse } from '../shared/api-response.ts';
import { changeSessionLife, type SessionChange } from '../shared/change-session-life.ts';
import { envelopeOf } from '../shared/control-command.ts';
import { ownSession } from '../shared/own-session.ts';
import type { RouteRequest } from '../shared/router.ts';
import type { SessionDependencies } from './session-dependencies.ts';

const SUCCESS: ApiResponse = { body: { success: true } };

/** POST /sessions/{id}/start, …/stop and …/logout: notes what the owner wants and tells the connector. Repeating does no harm. */
export function makeChangeSession(dependencies: SessionDependencies, change: SessionChange) {
  return async (request: RouteRequest): Promise<ApiResponse> => {
    const row = await ownSession(dependencies.sessions, request);
    if (!(await changeSessionLife(dependencies, row, change, request.traceId))) throw goneMeanwhile(request);
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
    const envelope = envelopeOf(row, clock.now(), request.traceId);
    // The row goes; WhatsApp is still told, and not without the proxy.
    const proxy = row.proxy === undefined ? {} : { proxy: row.proxy };
    await outbound.send(row.shard, { ...envelope, type: 'session.delete', ...proxy });
    for (const { accountId, endpointId, session } of await endpoints.list(row.accountId)) {
      if (session?.sessionUid === row.sessionUid) await endpoints.remove(accountId, endpointId);
    }
    await sessions.remove(row);
    return SUCCESS;
  };
}

const goneMeanwhile = ({ method, id }: RouteRequest) =>
  objectMissing(`Object with ID '${id}'`, { status: 404, method });
