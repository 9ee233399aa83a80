import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type * as z from 'zod';
import { GraphErrorSchema } from '#core/contracts/api/errors.ts';

export interface ApiCall {
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, a text as it is. */
  readonly body?: unknown;
  readonly base64?: boolean;
  /** @default 192.0.2.1 */
  readonly sourceIp?: string;
  /** Time that Lambda leaves the function, milliseconds. @default 25,000 */
  readonly remainingMs?: number;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body parsed; undefined if it is no JSON. */
  readonly json: unknown;
  /** The error in Graph's shape. @throws z.ZodError if the body is none */
  readonly error: () => z.infer<typeof GraphErrorSchema>['error'];
  /** A member of the body, as text. */
  readonly text: (name: string) => string;
}

export type ApiHandler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

export const lambdaContext = (remainingMs = 25_000): Context =>
  ({ awsRequestId: 'request', functionName: 'test', getRemainingTimeInMillis: () => remainingMs }) as Context;

/** Calls a handler as API Gateway does (payload 2.0). @param request such as `POST /sessions?x=1` */
export async function callApi(handler: ApiHandler, request: string, call: ApiCall = {}): Promise<ApiAnswer> {
  const result = await handler(eventOf(request, call), lambdaContext(call.remainingMs));
  const body = result.body ?? '';
  const json = jsonOf(body);
  return {
    status: result.statusCode ?? 0,
    headers: (result.headers ?? {}) as Record<string, string>,
    body,
    json,
    error: () => GraphErrorSchema.parse(json).error,
    text: (name) => String((json as Record<string, unknown>)[name]),
  };
}

function eventOf(
  request: string,
  { key, headers, body, base64 = false, sourceIp = '192.0.2.1' }: ApiCall,
): APIGatewayProxyEventV2 {
  const [method = '', target = ''] = request.split(' ');
  const [rawPath = '', rawQueryString = ''] = target.split('?');
  const event = {
    version: '2.0',
    rawPath,
    rawQueryString,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...headers,
    },
    requestContext: { http: { method, path: rawPath, sourceIp } },
    isBase64Encoded: base64,
    body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
  };
  return event as unknown as APIGatewayProxyEventV2;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
