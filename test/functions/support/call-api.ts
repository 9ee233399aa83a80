import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';

export interface ApiCall {
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, a text as it is. */
  readonly body?: unknown;
  readonly base64?: boolean;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body parsed; undefined if it is no JSON. */
  // biome-ignore lint: tests look into it
  readonly json: Record<string, any>;
}

type Handler = (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;

export const lambdaContext = (remainingMs = 25_000): Context =>
  ({ awsRequestId: 'request', functionName: 'test', getRemainingTimeInMillis: () => remainingMs }) as Context;

/** Calls a handler as API Gateway does (payload 2.0). @param request such as `POST /sessions?x=1` */
export async function callApi(handler: Handler, request: string, call: ApiCall = {}): Promise<ApiAnswer> {
  const [method = '', target = ''] = request.split(' ');
  const [rawPath = '', rawQueryString = ''] = target.split('?');
  const headers = {
    ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(call.key === undefined ? {} : { authorization: `Bearer ${call.key}` }),
    ...call.headers,
  };
  const body = call.body === undefined || typeof call.body === 'string' ? call.body : JSON.stringify(call.body);
  const event = {
    version: '2.0',
    rawPath,
    rawQueryString,
    headers,
    requestContext: { http: { method, path: rawPath } },
    isBase64Encoded: call.base64 ?? false,
    ...(body === undefined ? {} : { body }),
  } as unknown as APIGatewayProxyEventV2;
  const result = await handler(event, lambdaContext());
  return {
    status: result.statusCode ?? 0,
    headers: (result.headers ?? {}) as Record<string, string>,
    body: result.body ?? '',
    json: jsonOf(result.body ?? '') as ApiAnswer['json'],
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
