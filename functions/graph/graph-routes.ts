import type { SessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import { GraphError, objectMissing } from '#core/domain/graph-error.ts';
import type { ApiRequest, Caller } from '../shared/api-request.ts';
import type { ApiResponse } from '../shared/api-response.ts';
import { ownSession } from '../shared/own-session.ts';
import { unknownPath, wrongMethod } from '../shared/router.ts';
import { graphObjectOf } from './graph-object.ts';
import { parseGraphPath } from './graph-path.ts';
import type { GraphRequest, GraphRoute } from './graph-route.ts';

/** Answers `[/vN.N]/{id}[/edge]` as Graph does, errors included. */
export function makeGraphRoutes(options: {
  readonly sessions: Pick<SessionRepository, 'get'>;
  readonly routes: readonly GraphRoute[];
}) {
  const { sessions, routes } = options;
  return async (request: ApiRequest, caller: Caller): Promise<ApiResponse> => {
    const path = parseGraphPath(request.path);
    if (!path) throw noPath(request.path);
    const { edge, version } = path;
    // The one that the key belongs to.
    const id = path.id === 'me' ? caller.accountId : path.id;
    const object = id === caller.accountId ? 'account' : graphObjectOf(id);
    const missing = (): GraphError => objectMissing(`Object with ID '${id}'`, { status: 400, method: request.method });
    if (object === undefined) throw missing();
    let session: ReturnType<GraphRequest['session']> | undefined;
    const graphRequest: GraphRequest = {
      ...request,
      caller,
      id,
      version,
      session: () => (session ??= ownSession(sessions, { method: request.method, caller, id }, 400)),
    };
    const there = routes.filter((route) => route.on === object && route.edge === edge);
    const route = there.find(({ method }) => method === request.method);
    if (route) return await route.run(graphRequest);
    // Whether a path is there is told to the owner of its object only.
    if (object === 'phone_number') await graphRequest.session();
    if (there.length > 0) {
      const methods = there.map(({ method }) => method);
      throw wrongMethod(request.method, methods);
    }
    throw edge === undefined ? missing() : unknownPath(`/${edge}`);
  };
}

/** Graph takes a first word that is no id for the alias of an object, whatever comes behind it. */
function noPath(path: string): GraphError {
  const alias =
    path
      .replace(/^\/v\d+(\.\d+)?(?=\/)/, '')
      .split('/')[1]
      ?.slice(0, MOST_ECHOED) ?? '';
  const what = alias === '' ? 'This is no object' : `There is no object called ${alias}`;
  return new GraphError(803, `${what}. GET /docs shows what there is.`, {
    title: `Some of the aliases you requested do not exist: ${alias}`,
  });
}

/** Longest piece of the caller's own path that an error repeats, characters. */
const MOST_ECHOED = 40;
