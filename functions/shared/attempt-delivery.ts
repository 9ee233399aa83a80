import type { Attempt, DeliveryRepository } from '#core/adapters/dynamodb/delivery-repository.ts';
import type { GuardedHttpClient } from '#core/adapters/http/guarded-http-client.ts';
import { RequestFailed } from '#core/adapters/http/request-failed.ts';
import type { EventDelivery } from '#core/contracts/event.ts';
import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import { renderWebhook } from '#core/domain/meta-webhook.ts';
import { asciiJson, signatureHeaders } from '#core/domain/webhook-signature.ts';
import { Metric } from '#core/observability/metrics.ts';
import { count } from './count.ts';
import type { EndpointCache } from './endpoint-cache.ts';
import { logger } from './logger.ts';

/** delivered: now, or before by somebody else · dropped: the endpoint is gone · failed: worth another attempt. */
export type Outcome = 'delivered' | 'dropped' | 'failed';

export interface DeliveryDependencies {
  readonly cache: EndpointCache;
  readonly deliveries: DeliveryRepository;
  readonly http: GuardedHttpClient;
  readonly clock: Clock;
  /** Release, for the User-Agent. */
  readonly version: string;
}

/** One attempt takes at most this long, the whole answer included, milliseconds (reference: between Standard Webhooks' 15 and 30 s). */
export const ATTEMPT_MS = 15_000;

/**
 * Delivers one event to one endpoint once, unless that has happened already.
 * @throws when the record of deliveries can't be read, or not be written after a failure: then nothing is known, and the queue has to bring it again
 */
export async function attemptDelivery(
  { cache, deliveries, http, clock, version }: DeliveryDependencies,
  delivery: EventDelivery,
): Promise<Outcome> {
  const { event, endpointId } = delivery;
  const fields = { accountId: event.accountId, sessionUid: event.sessionUid, eventId: event.eventId, endpointId };
  const endpoint = await cache.endpoint(event.accountId, endpointId);
  if (!endpoint) {
    count({ [Metric.eventDropped]: 1 });
    logger.info('event dropped, its webhook was deleted', fields);
    return 'dropped';
  }
  if (await deliveries.isDelivered(delivery)) return 'delivered';
  const body = asciiJson(renderWebhook(event));
  const secret = await cache.secret(endpoint);
  const headers = {
    'Content-Type': 'application/json',
    'User-Agent': `Pombo/${version}`,
    ...signatureHeaders({ secret, eventId: event.eventId, body, nowMs: clock.now() }),
  };
  const startedMs = clock.monotonic();
  const attempt = await post(http, endpoint, { headers, body });
  const { status, httpStatus, error } = attempt;
  logger.info('webhook attempted', {
    ...fields,
    outcome: status,
    httpStatus,
    error,
    durationMs: Math.round(clock.monotonic() - startedMs),
  });
  count({ [status === 'delivered' ? Metric.webhookDelivered : Metric.webhookFailed]: 1 });
  await deliveries.record(delivery, attempt);
  return status;
}

async function post(
  http: GuardedHttpClient,
  { url }: EndpointRow,
  request: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
): Promise<Attempt> {
  try {
    const { status } = await http.post({ url, ...request, timeoutMs: ATTEMPT_MS });
    if (status >= 200 && status <= 299) return { status: 'delivered', httpStatus: status };
    const redirect = status >= 300 && status <= 399 ? ', redirects are not followed' : '';
    return { status: 'failed', httpStatus: status, error: `answered ${status}${redirect}` };
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    return { status: 'failed', error: `${error.reason}: ${error.message}` };
  }
}
