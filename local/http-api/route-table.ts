/** One route of an HTTP API. */
export interface Route<T> {
  /** `$default` or `<METHOD> <path>`, such as `POST /sessions/{id}` or `ANY /docs/{proxy+}`. */
  readonly routeKey: string;
  readonly target: T;
}

export interface RouteMatch<T> {
  readonly routeKey: string;
  readonly target: T;
  /** Path variables, decoded; undefined when the route has none. */
  readonly pathParameters: Readonly<Record<string, string>> | undefined;
}

interface ParsedRoute<T> extends Route<T> {
  readonly method: string;
  readonly segments: readonly string[];
  /** Name of the `{name+}` that ends the path. */
  readonly greedy: string | undefined;
}

const ROUTE_KEY = /^(ANY|GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (\/\S*)$/;

/** Finds the route of a request as API Gateway does: full match, then greedy match, then `$default`. */
export class RouteTable<T> {
  readonly #routes: readonly ParsedRoute<T>[];
  readonly #fallback: Route<T> | undefined;

  /** @throws Error naming a route key that API Gateway would refuse */
  constructor(routes: readonly Route<T>[]) {
    this.#fallback = routes.find(({ routeKey }) => routeKey === '$default');
    this.#routes = routes.filter(({ routeKey }) => routeKey !== '$default').map(parseRoute);
  }

  /** @param path percent-decoded; `/a/` is not `/a` */
  match(method: string, path: string): RouteMatch<T> | undefined {
    const segments = path.split('/').slice(1);
    const candidates = this.#routes
      .filter((route) => route.method === 'ANY' || route.method === method)
      .flatMap((route) => {
        const pathParameters = matchSegments(route, segments);
        return pathParameters ? [{ route, pathParameters }] : [];
      })
      .toSorted((a, b) => rank(a.route) - rank(b.route));
    const [best] = candidates;
    if (best) {
      const { routeKey, target } = best.route;
      const named = Object.keys(best.pathParameters).length > 0;
      return { routeKey, target, pathParameters: named ? best.pathParameters : undefined };
    }
    return this.#fallback && { ...this.#fallback, pathParameters: undefined };
  }
}

function parseRoute<T>(route: Route<T>): ParsedRoute<T> {
  const [, method, path] = ROUTE_KEY.exec(route.routeKey) ?? [];
  if (method === undefined || path === undefined)
    throw new Error(`"${route.routeKey}" is not a route key that API Gateway accepts.`);
  const segments = path.split('/').slice(1);
  const greedy = /^\{(\w+)\+\}$/.exec(segments.at(-1) ?? '')?.[1];
  if (segments.slice(0, -1).some((segment) => segment.endsWith('+}')))
    throw new Error(`"${route.routeKey}" has a greedy variable that does not end the path.`);
  return { ...route, method, segments: greedy === undefined ? segments : segments.slice(0, -1), greedy };
}

/** Greedy after exact, variables after literals (the longest literal beginning wins), ANY after a method. */
function rank<T>({ segments, greedy, method }: ParsedRoute<T>): number {
  const literals = segments.filter((segment) => !segment.startsWith('{')).length;
  return (greedy === undefined ? 0 : 10_000) - literals * 10 + (method === 'ANY' ? 1 : 0);
}

function matchSegments<T>(route: ParsedRoute<T>, segments: readonly string[]): Record<string, string> | undefined {
  const { segments: wanted, greedy } = route;
  if (greedy === undefined ? segments.length !== wanted.length : segments.length <= wanted.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, pattern] of wanted.entries()) {
    const segment = segments[index] ?? '';
    const name = /^\{(\w+)\}$/.exec(pattern)?.[1];
    if (name === undefined ? pattern !== segment : segment === '') return undefined;
    if (name !== undefined) parameters[name] = segment;
  }
  if (greedy !== undefined) parameters[greedy] = segments.slice(wanted.length).join('/');
  return parameters;
}
