import { randomBytes } from 'node:crypto';
import { type MiddlewareObj, default as middy } from '@middy/core';
import httpHeaderNormalizer from '@middy/http-header-normalizer';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { systemClock } from '#core/domain/clock.ts';
import { GraphError, renderGraphError } from '#core/domain/graph-error.ts';
import { Metric } from '#core/observability/metrics.ts';
import { graphErrorOf } from './api-error.ts';
import { type ApiRequest, apiRequestOf, type Caller } from './api-request.ts';
import { type ApiResponse, toResult } from './api-response.ts';
import type { Authenticate } from './authenticate.ts';
import { count } from './count.ts';
import { trackingSettled } from './error-tracking.ts';
import { logger } from './logger.ts';

/** What the middlewares add to the event on its way in. */
interface Enriched extends APIGatewayProxyEventV2 {
  traceId?: string;
  startedAtMs?: number;
  caller?: Caller;
}
type Middleware = MiddlewareObj<Enriched, APIGatewayProxyStructuredResultV2>;

/** The function answers by itself this long before Lambda cuts it off, milliseconds. */
const ANSWER_EARLY_MS = 1000;
/** Bytes of a trace id; Meta's have 16 too. */
const TRACE_BYTES = 16;

const TOO_SLOW = new GraphError(2, 'The request took too long. Try again in a moment.', { transient: true });

/**
 * Makes the Lambda handler of a resource. The only place that knows middy. All errors leave in Graph's shape.
 * @param authenticate left out: everybody may call
 */
export function apiHandler(run: (request: ApiRequest) => Promise<ApiResponse>): Handler;
export function apiHandler(
  run: (request: ApiRequest, caller: Caller) => Promise<ApiResponse>,
  authenticate: Authenticate,
): Handler;
export function apiHandler(
  run: (request: ApiRequest, caller: Caller) => Promise<ApiResponse>,
  authenticate?: Authenticate,
): Handler {
  const base = middy<Enriched, APIGatewayProxyStructuredResultV2>({
    timeoutEarlyInMillis: ANSWER_EARLY_MS,
    timeoutEarlyResponse: () => {
      throw TOO_SLOW;
    },
  })
    .use(tracing)
    .use(errors)
    .use(httpHeaderNormalizer());
  if (authenticate) base.use(apiKey(authenticate));
  return base.handler(async (event: Enriched) => {
    const traceId = event.traceId ?? '';
    const response = await run(apiRequestOf(event, traceId), event.caller as Caller);
    return toResult(response, traceId);
  });
}

export type Handler = (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;

/** Gives each request its trace id and its log line. */
const tracing: Middleware = {
  before: ({ event, context }) => {
    event.traceId = randomBytes(TRACE_BYTES).toString('base64url');
    event.startedAtMs = systemClock.monotonic();
    logger.resetKeys();
    // The route and not the path: a path can name a number.
    logger.appendKeys({
      traceId: event.traceId,
      requestId: context.awsRequestId,
      method: event.requestContext.http.method,
      route: event.routeKey,
    });
  },
  after: ({ event, response }) => {
    logger.info('request answered', { status: response?.statusCode, durationMs: durationOf(event) });
  },
};

/** Turns whatever was thrown into an answer. Details stay out of the log: they can name a number. */
const errors: Middleware = {
  onError: async (request) => {
    const { event, error } = request;
    const shown = graphErrorOf(error);
    const traceId = event.traceId ?? '';
    const fields = { status: shown.status, code: shown.code, durationMs: durationOf(event) };
    if (shown === error) logger.info('request refused', fields);
    else logger.error('request failed', { ...fields, traceId, accountId: event.caller?.accountId, error });
    if (shown.status >= 500) count({ [Metric.apiErrored]: 1 });
    await trackingSettled();
    request.response = toResult(
      { status: shown.status, headers: shown.headers, body: renderGraphError(shown, traceId) },
      traceId,
    );
  },
};

const apiKey = (authenticate: Authenticate): Middleware => ({
  before: async ({ event }) => {
    const { sourceIp } = event.requestContext.http;
    event.caller = await authenticate({ headers: withToken(event), sourceIp });
    logger.appendKeys({ accountId: event.caller.accountId });
  },
});

/** Graph takes the key in the query too; a header goes before it. */
function withToken({ headers, rawQueryString }: Enriched): Enriched['headers'] {
  const token = new URLSearchParams(rawQueryString).get('access_token');
  const hasHeader = headers['authorization'] || headers['x-api-key'] || headers['apikey'];
  return token && !hasHeader ? { ...headers, authorization: `Bearer ${token}` } : headers;
}

const durationOf = ({ startedAtMs = 0 }: Enriched): number => Math.round(systemClock.monotonic() - startedAtMs);
