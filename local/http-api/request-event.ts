import type { IncomingHttpHeaders } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

export interface GatewayRequest {
  readonly method: string;
  /** Percent-decoded path. */
  readonly path: string;
  /** As received, without the question mark. */
  readonly rawQuery: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly sourceIp: string;
  readonly requestId: string;
  readonly routeKey: string;
  readonly pathParameters: Readonly<Record<string, string>> | undefined;
  readonly apiId: string;
  readonly accountId: string;
  /** Wall time of the request, milliseconds since the epoch. */
  readonly timeMs: number;
}

/** Bodies of these media types reach the function as text; all others, and compressed ones, in base64. */
const TEXT_TYPES = /^(text\/.*|application\/(json|javascript|xml))$/;

/** The event that a function gets for a request (payload format 2.0). */
export function toEvent(request: GatewayRequest): APIGatewayProxyEventV2 {
  const { headers, body, requestId, routeKey, apiId, sourceIp, timeMs } = request;
  const query = queryParameters(request.rawQuery);
  const cookies = headers.cookie?.split(/;\s*/).filter((cookie) => cookie !== '');
  const text = isText(headers);
  return {
    version: '2.0',
    routeKey,
    rawPath: request.path,
    rawQueryString: request.rawQuery,
    ...(cookies && { cookies }),
    headers: flatHeaders(headers, request),
    ...(query && { queryStringParameters: query }),
    requestContext: {
      accountId: request.accountId,
      apiId,
      domainName: headers.host ?? '',
      domainPrefix: (headers.host ?? '').split('.')[0] ?? '',
      http: {
        method: request.method,
        path: request.path,
        protocol: 'HTTP/1.1',
        sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId,
      routeKey,
      stage: '$default',
      time: commonLogTime(timeMs),
      timeEpoch: timeMs,
    },
    ...(request.pathParameters && { pathParameters: { ...request.pathParameters } }),
    ...(body.length > 0 && { body: body.toString(text ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !text,
  };
}

function isText(headers: IncomingHttpHeaders): boolean {
  if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity') return false;
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  return TEXT_TYPES.test(type);
}

/** Names in lower case, several values of one name joined by a comma; cookies have a field of their own. */
function flatHeaders(headers: IncomingHttpHeaders, { sourceIp, requestId }: GatewayRequest): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name === 'cookie' || name === 'connection' || name === 'transfer-encoding') continue;
    flat[name] = Array.isArray(value) ? value.join(',') : value;
  }
  const forwarded = flat['x-forwarded-for'];
  flat['x-forwarded-for'] = forwarded === undefined ? sourceIp : `${forwarded}, ${sourceIp}`;
  flat['x-forwarded-proto'] = 'http';
  flat['x-amzn-trace-id'] ??= `Root=1-${requestId.slice(0, 8)}-${requestId.replaceAll('-', '').slice(8)}`;
  return flat;
}

/** Decoded; several values of one name joined by a comma. */
function queryParameters(rawQuery: string): Record<string, string> | undefined {
  if (rawQuery === '') return undefined;
  const all: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(rawQuery))
    all[name] = Object.hasOwn(all, name) ? `${all[name]},${value}` : value;
  return all;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `20/Nov/2026:12:00:00 +0000` */
function commonLogTime(timeMs: number): string {
  const date = new Date(timeMs);
  const day = String(date.getUTCDate()).padStart(2, '0');
  return `${day}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${date.toISOString().slice(11, 19)} +0000`;
}
