import type { GuardedHttpClient, GuardedResponse } from '#core/adapters/http/guarded-http-client.ts';
import { RequestFailed } from '#core/adapters/http/request-failed.ts';
import type { EventDelivery } from '#core/contracts/event.ts';
import type { DeliveryAttempt } from '#core/contracts/rows/delivery-row.ts';
import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import { type PostResult, type Verdict, verdictOf } from '#core/domain/delivery/verdict.ts';
import { renderWebhook } from '#core/domain/meta-webhook.ts';
import { asciiJson, signatureHeaders } from '#core/domain/webhook-signature.ts';
import { logger } from '../logger.ts';
import type { EndpointCache } from './endpoint-cache.ts';

export interface PostDependencies {
  readonly cache: Pick<EndpointCache, 'credentials'>;
  readonly http: Pick<GuardedHttpClient, 'post'>;
  readonly clock: Clock;
  /** Release, for the User-Agent. */
  readonly version: string;
}

/** One POST: what it means, and what is remembered of it. */
export interface Posted {
  readonly verdict: Verdict;
  readonly attempt: DeliveryAttempt;
}

/** Where an endpoint does not say how long it may take, milliseconds, its answer's body included (webhooks.md 3.2). */
export const DEFAULT_TIMEOUT_MS = 15_000;
/** The longest that an endpoint may take, milliseconds; only later attempts have that much. */
export const LONGEST_TIMEOUT_MS = 30_000;
/** Of a webhook's body, bytes on the wire (webhooks.md 3.2). */
const LARGEST_BODY_BYTES = 256 * 1024;
/** Of an answer's body that is remembered, bytes (webhooks.md 3.2). */
const RESPONSE_KEPT_BYTES = 1024;

/**
 * Sends one event to one endpoint, once, with both signatures and the owner's headers.
 * @throws where the secret can't be read: then nothing was sent
 */
export async function postWebhook(
  { cache, http, clock, version }: PostDependencies,
  { delivery, endpoint }: { readonly delivery: EventDelivery; readonly endpoint: EndpointRow },
  mostMs: number,
): Promise<Posted> {
  const { event, replay } = delivery;
  const body = asciiJson(renderWebhook(event));
  if (body.length > LARGEST_BODY_BYTES) return tooLarge(body.length, clock.now());
  const { headers, ...secrets } = await cache.credentials(endpoint);
  const atMs = clock.now();
  const startedMs = clock.monotonic();
  const timeoutMs = Math.min(endpoint.timeoutMs ?? DEFAULT_TIMEOUT_MS, mostMs);
  const request = {
    url: endpoint.url,
    headers: {
      ...withoutOurs(headers),
      'Content-Type': 'application/json',
      'User-Agent': `Pombo/${version}`,
      ...signatureHeaders({ ...secrets, eventId: event.eventId, body, nowMs: atMs }),
      ...(replay !== undefined && { 'webhook-replay': replay }),
    },
    body,
    timeoutMs,
  };
  const answer = await http.post(request).catch(failureOf);
  const verdict = verdictOf(resultOf(answer), clock.now());
  const attempt = attemptOf(answer, verdict, { atMs, durationMs: Math.round(clock.monotonic() - startedMs) });
  // What went well is in the delivery's row; a line for it would be a sixth of what a webhook costs.
  const level = verdict.kind === 'delivered' ? 'debug' : 'info';
  logger[level]('webhook attempted', { ...fieldsOf(delivery), outcome: verdict.kind, ...shown(attempt) });
  return { verdict, attempt };
}

/** What log lines say about a delivery. */
export const fieldsOf = ({ event, endpointId }: EventDelivery): Readonly<Record<string, unknown>> => ({
  accountId: event.accountId,
  ...('sessionUid' in event && { sessionUid: event.sessionUid }),
  ...('wamid' in event && { messageId: event.wamid }),
  eventId: event.eventId,
  endpointId,
});

/** Names that the owner's headers can't have: they are ours, or HTTP's own. */
const OURS =
  /^(webhook-.*|x-hub-signature.*|content-.*|host|connection|transfer-encoding|user-agent|expect|upgrade|te|trailer|keep-alive|proxy-.*)$/i;

const withoutOurs = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !OURS.test(name)));

function failureOf(error: unknown): RequestFailed {
  if (error instanceof RequestFailed) return error;
  throw error;
}

const resultOf = (answer: GuardedResponse | RequestFailed): PostResult =>
  answer instanceof RequestFailed
    ? { failure: answer.reason }
    : {
        httpStatus: answer.status,
        retryAfter: headerOf(answer, 'retry-after'),
        control: headerOf(answer, 'webhook-delivery'),
      };

function headerOf({ headers }: GuardedResponse, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.[0];
}

function attemptOf(
  answer: GuardedResponse | RequestFailed,
  verdict: Verdict,
  time: Pick<DeliveryAttempt, 'atMs' | 'durationMs'>,
): DeliveryAttempt {
  const { remoteIp } = answer;
  const common = { ...time, ...(remoteIp !== undefined && { remoteIp }) };
  if (verdict.kind === 'delivered') return { ...common, ...('status' in answer && { httpStatus: answer.status }) };
  const patience = verdict.kind === 'failed' && verdict.patience !== 'full' ? { patience: verdict.patience } : {};
  if (answer instanceof RequestFailed) return { ...common, ...patience, error: `${verdict.error}: ${answer.message}` };
  const response = beginningOf(answer.body);
  return {
    ...common,
    ...patience,
    httpStatus: answer.status,
    error: verdict.error,
    ...(response !== '' && { response }),
  };
}

/** A character that was cut in two becomes U+FFFD, which is dropped. */
const beginningOf = (body: string): string =>
  Buffer.from(body)
    .subarray(0, RESPONSE_KEPT_BYTES)
    .toString()
    .replace(/\uFFFD+$/, '');

const shown = ({ httpStatus, error, durationMs }: DeliveryAttempt) => ({ httpStatus, error, durationMs });

function tooLarge(bytes: number, atMs: number): Posted {
  const error = `the webhook would have ${bytes} bytes, at most ${LARGEST_BODY_BYTES} are sent`;
  return { verdict: { kind: 'dead', reason: 'too_large', error }, attempt: { atMs, durationMs: 0, error } };
}
