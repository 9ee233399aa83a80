import type { IncomingHttpHeaders } from 'node:http';

/** An API's `CorsConfiguration`. */
export interface CorsConfiguration {
  readonly AllowOrigins: readonly string[];
  readonly AllowMethods: readonly string[];
  readonly AllowHeaders: readonly string[];
  readonly ExposeHeaders: readonly string[];
  readonly MaxAge?: number | undefined;
  readonly AllowCredentials?: boolean | undefined;
}

type Headers = Record<string, string>;

/** Whether a request is a preflight, which the gateway answers by itself (204) where CORS is configured. */
export const isPreflight = (method: string, headers: IncomingHttpHeaders): boolean =>
  method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;

/** Headers of the answer to a preflight; none of them when the origin is not allowed. */
export function preflightHeaders(cors: CorsConfiguration, origin: string): Headers {
  const allowed = originHeaders(cors, origin);
  if (Object.keys(allowed).length === 0) return {};
  return {
    ...allowed,
    ...(cors.AllowMethods.length > 0 && { 'access-control-allow-methods': cors.AllowMethods.join(',') }),
    ...(cors.AllowHeaders.length > 0 && { 'access-control-allow-headers': cors.AllowHeaders.join(',') }),
    ...(cors.MaxAge !== undefined && { 'access-control-max-age': String(cors.MaxAge) }),
  };
}

/** Headers of every other answer. Where CORS is configured, those of the function count for nothing. */
export function corsHeaders(cors: CorsConfiguration, origin: string | undefined): Headers {
  const allowed = originHeaders(cors, origin);
  if (Object.keys(allowed).length === 0 || cors.ExposeHeaders.length === 0) return allowed;
  return { ...allowed, 'access-control-expose-headers': cors.ExposeHeaders.join(',') };
}

function originHeaders(cors: CorsConfiguration, origin: string | undefined): Headers {
  if (origin === undefined) return {};
  const any = cors.AllowOrigins.includes('*');
  if (!any && !cors.AllowOrigins.some((pattern) => matchesOrigin(pattern, origin))) return {};
  return {
    'access-control-allow-origin': any ? '*' : origin,
    ...(!any && { vary: 'Origin' }),
    ...(cors.AllowCredentials && { 'access-control-allow-credentials': 'true' }),
  };
}

/** `https://*` and `http://*` allow every host of that scheme. */
const matchesOrigin = (pattern: string, origin: string): boolean =>
  pattern.endsWith('://*')
    ? origin.toLowerCase().startsWith(pattern.slice(0, -1).toLowerCase())
    : pattern.toLowerCase() === origin.toLowerCase();
