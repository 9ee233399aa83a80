import { GraphError } from '#core/domain/graph-error.ts';
import type { ApiRequest, Caller } from './api-request.ts';
import type { ApiResponse } from './api-response.ts';

export interface RouteRequest extends ApiRequest {
  readonly caller: Caller;
  /** What stood in the place of `{id}`; empty in routes without one. */
  readonly id: string;
}

/** One row of a resource's table: a method, a path with at most one `{id}`, and what answers. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly run: (request: RouteRequest) => Promise<ApiResponse>;
}

/** Finds the route of a request and runs it. @throws GraphError 2500 (404) for an unknown path, 100 (405) for a wrong method */
export function makeRouter(routes: readonly Route[]) {
  return async (request: ApiRequest, caller: Caller): Promise<ApiResponse> => {
    const matches = routes.flatMap((route) => {
      const id = idIn(route.path, request.path);
      return id === undefined ? [] : [{ route, id }];
    });
    if (matches.length === 0) throw unknownPath(request.path);
    const match = matches.find(({ route }) => route.method === request.method);
    if (!match)
      throw wrongMethod(
        request.method,
        matches.map(({ route }) => route.method),
      );
    return await match.route.run({ ...request, caller, id: match.id });
  };
}

/** @returns undefined if the path is another one; the text in the place of `{id}`, or nothing, if it is this one */
function idIn(pattern: string, path: string): string | undefined {
  const [before = '', after] = pattern.split('{id}');
  if (after === undefined) return path === pattern ? '' : undefined;
  if (!path.startsWith(before) || !path.endsWith(after) || path.length <= before.length + after.length)
    return undefined;
  const id = path.slice(before.length, path.length - after.length);
  return id.includes('/') ? undefined : id;
}

/** Longest piece of the caller's own path that an error repeats, characters. */
const MOST_ECHOED = 100;

export const unknownPath = (path: string): GraphError =>
  new GraphError(2500, `There is nothing at ${path.slice(0, MOST_ECHOED)}. GET /docs shows what there is.`, {
    title: `Unknown path components: ${path.slice(0, MOST_ECHOED)}`,
  });

export const wrongMethod = (method: string, allowed: readonly string[]): GraphError =>
  new GraphError(100, `${method} is not allowed here, only ${allowed.join(', ')}.`, {
    status: 405,
    title: `Unsupported ${method.toLowerCase()} request`,
    headers: { allow: allowed.join(', ') },
  });
