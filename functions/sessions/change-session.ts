import { parseRequest } from '#core/contracts/api/request-errors.ts';
import { ChangeSessionRequestSchema } from '#core/contracts/api/sessions.ts';
import { objectMissing } from '#core/domain/graph-error.ts';
import type { ApiResponse } from '../shared/api-response.ts';
import { controlCommand } from '../shared/control-command.ts';
import { ownSession } from '../shared/own-session.ts';
import type { RouteRequest } from '../shared/router.ts';
import { languageOf } from './language.ts';
import { knownProxy } from './own-proxy.ts';
import type { SessionDependencies } from './session-dependencies.ts';
import { changedLimits } from './session-limits.ts';
import { sessionResource } from './session-resource.ts';

/** PATCH /sessions/{id}: name, proxy and limits; null takes one away. A session that is connected goes over to its new proxy. */
export function makePatchSession({ sessions, proxies, outbound, clock }: SessionDependencies) {
  return async (request: RouteRequest): Promise<ApiResponse> => {
    const { name, proxy, limits } = parseRequest(ChangeSessionRequestSchema, request.body() ?? {});
    const row = await ownSession(sessions, request);
    if (typeof proxy === 'string') knownProxy(proxy, proxies);
    const changed = await sessions.change(row, {
      name: name === undefined ? row.name : (name ?? undefined),
      proxy: proxy === undefined ? row.proxy : (proxy ?? undefined),
      limits: limits === undefined ? row.limits : changedLimits(row.limits, limits),
    });
    if (!changed) throw objectMissing(`Object with ID '${request.id}'`, { status: 404, method: request.method });
    if (changed.proxy !== row.proxy) {
      await outbound.send(row.shard, controlCommand('session.reconnect', row, clock.now(), request.traceId));
    }
    return { body: sessionResource(changed, languageOf(request.headers['accept-language'])) };
  };
}
