import { parseRequest } from '#core/contracts/api/request-errors.ts';
import { CreateSessionRequestSchema } from '#core/contracts/api/sessions.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import { GraphError } from '#core/domain/graph-error.ts';
import { newSessionId, newSessionUid, type SessionId } from '#core/domain/ids.ts';
import { shardOf } from '#core/domain/shard.ts';
import type { ApiResponse } from '../shared/api-response.ts';
import { controlCommand } from '../shared/control-command.ts';
import { logger } from '../shared/logger.ts';
import type { RouteRequest } from '../shared/router.ts';
import type { SessionDependencies } from './session-dependencies.ts';
import { sessionResource } from './session-resource.ts';

/** POST /sessions: stores a new session and starts its pairing. 201. */
export function makeCreateSession({ sessions, outbound, clock, random }: SessionDependencies) {
  return async (request: RouteRequest): Promise<ApiResponse> => {
    const { id, name } = parseRequest(CreateSessionRequestSchema, request.body() ?? {});
    const sessionUid = newSessionUid(random);
    const nowMs = clock.now();
    const row: SessionRow = {
      sessionId: id ?? newSessionId(random),
      sessionUid,
      accountId: request.caller.accountId,
      shard: shardOf(sessionUid, outbound.shards),
      ...(name ? { name } : {}),
      desired: 'running',
      status: 'created',
      sinceMs: nowMs,
      createdAtMs: nowMs,
    };
    if (!(await sessions.create(row))) throw idTaken(row.sessionId);
    logger.appendKeys({ sessionUid });
    await outbound.send(row.shard, controlCommand('session.start', row, nowMs, request.traceId));
    return { status: 201, headers: { location: `/sessions/${row.sessionId}` }, body: sessionResource(row) };
  };
}

const idTaken = (id: SessionId): GraphError =>
  new GraphError(100, `id: ${id} is taken. Choose another one, or leave it out.`, { status: 409 });
