import * as z from 'zod';

/** What goes back to the client. */
export interface GatewayResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}

const StructuredSchema = z.looseObject({
  statusCode: z.coerce.number().int().min(100).max(599),
  headers: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String)).nullish(),
  cookies: z.array(z.string()).nullish(),
  body: z.union([z.string(), z.number(), z.boolean()]).transform(String).nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

/** Response headers that API Gateway sets itself or removes. */
const NOT_PASSED_ON = new Set(['connection', 'content-length', 'transfer-encoding', 'keep-alive', 'upgrade']);

/** An answer that the gateway gives by itself: HTTP APIs have no gateway responses to change it. */
export function gatewayError(status: number, message: string): GatewayResponse {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ message })),
  };
}

/**
 * Maps the result of a function to a response (payload format 2.0): an object with `statusCode` says everything itself,
 * anything else is the JSON body of a 200. What can't be a response becomes the gateway's own 500.
 * @param payload JSON text
 */
export function toResponse(payload: string): GatewayResponse {
  const result = JSON.parse(payload) as unknown;
  if (typeof result !== 'object' || result === null || !('statusCode' in result)) return inferred(result);
  const parsed = StructuredSchema.safeParse(result);
  if (!parsed.success) return gatewayError(500, 'Internal Server Error');
  const { statusCode, headers, cookies, body, isBase64Encoded } = parsed.data;
  const mapped: Record<string, string | readonly string[]> = { 'content-type': 'text/plain; charset=utf-8' };
  for (const [name, value] of Object.entries(headers ?? {})) {
    const lower = name.toLowerCase();
    if (!NOT_PASSED_ON.has(lower)) mapped[lower] = value;
  }
  if (cookies && cookies.length > 0) mapped['set-cookie'] = cookies;
  return { status: statusCode, headers: mapped, body: Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8') };
}

function inferred(result: unknown): GatewayResponse {
  const body = typeof result === 'string' ? result : JSON.stringify(result);
  return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(body) };
}
