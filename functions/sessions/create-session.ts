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
import { knownProxy } from './own-proxy.ts';
import type { SessionDependencies } from './session-dependencies.ts';
import { changedLimits } from './session-limits.ts';
import { sessionResource } from './session-resource.ts';

/** POST /sessions: stores a new session and starts its pairing. 201. */
export function makeCreateSession(dependencies: SessionDependencies) {
  const { sessions, outbound, leases, proxies, clock, random } = dependencies;
  return async (request: RouteRequest): Promise<ApiResponse> => {
    const { id, name, proxy, limits: wishes } = parseRequest(CreateSessionRequestSchema, request.body() ?? {});
    const sessionUid = newSessionUid(random);
    const nowMs = clock.now();
    const limits = wishes ? changedLimits(undefined, wishes) : undefined;
    const row: SessionRow = {
      sessionId: id ?? newSessionId(random),
      sessionUid,
      accountId: request.caller.accountId,
      shard: shardOf(sessionUid, outbound.shards),
      ...(name ? { name } : {}),
      ...(proxy ? { proxy: knownProxy(proxy, proxies) } : {}),
      ...(limits && { limits }),
      desired: 'running',
      status: 'created',
      sinceMs: nowMs,
      createdAtMs: nowMs,
    };
    if (!(await sessions.create(row))) throw idTaken(row.sessionId);
    logger.appendKeys({ sessionUid });
    // A mark that fails costs minutes, not the session: queues of empty shards are looked into now and then.
    const marked = leases.want(row.shard).catch((error: unknown) => {
      logger.warn('shard not marked', { shard: row.shard, error: error as Error });
    });
    await Promise.all([marked, outbound.send(row.shard, controlCommand('session.start', row, nowMs, request.traceId))]);
    return { status: 201, headers: { location: `/sessions/${row.sessionId}` }, body: sessionResource(row, 'en') };
  };
}

const idTaken = (id: SessionId): GraphError =>
  new GraphError(100, `id: ${id} is taken. Choose another one, or leave it out.`, { status: 409 });
