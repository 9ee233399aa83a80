import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/**
 * Written from the two specifications and not from Pombo's signing code, so that a receiver that believes this page
 * is a check of its own: Meta's `X-Hub-Signature-256` (hex HMAC-SHA256 of the body, keyed with the secret as shown) and
 * Standard Webhooks (`v1,` base64 HMAC-SHA256 of `id.timestamp.body`, keyed with the bytes behind `whsec_`).
 */
export interface Verdict {
  readonly meta: boolean;
  readonly standardWebhooks: boolean;
}

/** Standard Webhooks receivers refuse timestamps that are further off than five minutes. */
const TOLERANCE_S = 300;

/**
 * @param secret as Pombo showed it when the webhook was created, `whsec_…`
 * @param body the bytes as received
 * @param nowMs milliseconds since the epoch
 */
export function verifySignatures(secret: string, headers: IncomingHttpHeaders, body: Buffer, nowMs: number): Verdict {
  const hub = createHmac('sha256', secret).update(body).digest('hex');
  return {
    meta: same(String(headers['x-hub-signature-256'] ?? ''), `sha256=${hub}`),
    standardWebhooks: verifyStandard(secret, headers, body, nowMs),
  };
}

function verifyStandard(secret: string, headers: IncomingHttpHeaders, body: Buffer, nowMs: number): boolean {
  const id = String(headers['webhook-id'] ?? '');
  const timestamp = String(headers['webhook-timestamp'] ?? '');
  if (!id || !/^\d+$/.test(timestamp) || Math.abs(nowMs / 1000 - Number(timestamp)) > TOLERANCE_S) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
  const offered = String(headers['webhook-signature'] ?? '').split(' ');
  return offered.some((signature) => same(signature, `v1,${expected}`));
}

function same(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
