import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

export interface ApiResponse {
  /** HTTP status. @default 200 */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON; text and bytes as they are, with the content type of `headers`. */
  readonly body: object | string | Buffer;
}

/** Meta's own content type. */
const JSON_TYPE = 'application/json; charset=UTF-8';

/** @param traceId goes into `x-fb-trace-id`, as Meta does */
export function toResult(response: ApiResponse, traceId: string): APIGatewayProxyStructuredResultV2 {
  const { status = 200, headers, body } = response;
  const own = { 'x-fb-trace-id': traceId, 'cache-control': 'no-store' };
  if (Buffer.isBuffer(body)) {
    return {
      statusCode: status,
      headers: { ...own, ...headers },
      body: body.toString('base64'),
      isBase64Encoded: true,
    };
  }
  if (typeof body === 'string') return { statusCode: status, headers: { ...own, ...headers }, body };
  return { statusCode: status, headers: { ...own, 'content-type': JSON_TYPE, ...headers }, body: JSON.stringify(body) };
}
