import type { Headers } from '#core/adapters/kms-secrets.ts';
import { parseRequest } from '#core/contracts/api/request-errors.ts';
import { SAMPLE_KINDS, TestWebhookRequestSchema } from '#core/contracts/api/webhook-settings.ts';
import type { Event } from '#core/contracts/event.ts';
import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';
import { type EventId, EventIdSchema } from '#core/domain/ids.ts';
import { renderWebhook } from '#core/domain/meta-webhook.ts';
import { asciiJson, signatureHeaders } from '#core/domain/webhook-signature.ts';
import type { ApiResponse } from '../shared/api-response.ts';
import type { RouteRequest } from '../shared/router.ts';
import { callReceiver } from '../shared/webhooks/call-receiver.ts';
import { ownWebhook } from './own-webhook.ts';
import { type SampleKind, sampleEvent } from './sample-event.ts';
import type { WebhookDependencies } from './webhook-dependencies.ts';

/** The owner waits, and the API itself has 25 s (D2): an endpoint's own longer time-out does not hold here. Milliseconds. */
const LONGEST_TEST_MS = 15_000;
const EVENT_ID_BYTES = 16;
/** Tells a test from an event; outside the signatures, like `webhook-replay`. */
const TEST_HEADER = { 'webhook-test': 'true' };

/**
 * POST /webhooks/{id}/test: sends a signed sample now, whatever state the webhook is in, and answers with what came of it. It leaves no
 * delivery and counts for no breaker.
 */
export function makeTestWebhook(dependencies: WebhookDependencies) {
  const { endpoints, secrets, http, clock, random, version } = dependencies;
  return async (request: RouteRequest): Promise<ApiResponse> => {
    const { event: kind } = parseRequest(TestWebhookRequestSchema, request.body() ?? {});
    const row = await ownWebhook(endpoints, request);
    const eventId = EventIdSchema.parse(Buffer.from(random(EVENT_ID_BYTES)).toString('hex'));
    const event = sampleEvent(kind ?? firstKind(row), { accountId: row.accountId, eventId, nowMs: clock.now() });
    const signed = await sign(dependencies, row, event, eventId);
    const headers = {
      ...(await secrets.decryptHeaders(row)),
      'Content-Type': 'application/json',
      'User-Agent': `Pombo/${version}`,
      ...TEST_HEADER,
      ...signed.headers,
    };
    const timeoutMs = Math.min(row.timeoutMs ?? LONGEST_TEST_MS, LONGEST_TEST_MS);
    const answer = await callReceiver(
      () => http.post({ url: row.url, headers, body: signed.body, timeoutMs }),
      ({ status }) => (status >= 200 && status <= 299 ? undefined : `answered ${status}`),
      clock,
    );
    const names = Object.keys(signed.headers).filter((name) => /signature/i.test(name));
    return { body: { ...answer, webhook_id: eventId, signature_headers: names } };
  };
}

const firstKind = ({ events }: EndpointRow): SampleKind =>
  SAMPLE_KINDS.find((kind) => events.includes(kind)) ?? 'messages';

async function sign(
  { secrets, clock }: WebhookDependencies,
  row: EndpointRow,
  event: Event,
  eventId: EventId,
): Promise<{ readonly body: string; readonly headers: Headers }> {
  const body = asciiJson(renderWebhook(event));
  const nowMs = clock.now();
  const previous = row.previousSecret && row.previousSecret.untilMs > nowMs ? row.previousSecret : undefined;
  const secret = await secrets.decrypt(row);
  const previousSecret = previous && (await secrets.decrypt({ ...row, secretCiphertext: previous.ciphertext }));
  return { body, headers: signatureHeaders({ secret, previousSecret, eventId, body, nowMs }) };
}
