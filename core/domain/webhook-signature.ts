import { createHmac } from 'node:crypto';
import type { EventId } from './ids.ts';
import type { WebhookSecret } from './webhook-secret.ts';

/**
 * JSON in ASCII only: what lies beyond is written as lower-case `\uXXXX`, as Meta does. Receivers that verify the raw bytes
 * and receivers that parse, escape and verify then see the same bytes (D10).
 */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export interface WebhookToSign {
  readonly secret: WebhookSecret;
  /** During a rotation: the secret before, which the receiver certainly knows. */
  readonly previousSecret?: WebhookSecret | undefined;
  readonly eventId: EventId;
  /** The bytes that are sent; ASCII. */
  readonly body: string;
  /** Time of this attempt, milliseconds since the epoch; receivers tolerate five minutes. */
  readonly nowMs: number;
}

/**
 * Both signatures of one body. Meta's is keyed with the secret as shown, prefix included; Standard Webhooks with the bytes
 * behind the prefix. During a rotation Standard Webhooks carries both secrets' signatures; Meta's can carry one, so it stays with
 * the secret before (D10).
 */
export function signatureHeaders(webhook: WebhookToSign): Readonly<Record<string, string>> {
  const { secret, previousSecret, eventId, body, nowMs } = webhook;
  const timestamp = String(Math.floor(nowMs / 1000));
  const secrets = previousSecret === undefined ? [secret] : [secret, previousSecret];
  const meta = createHmac('sha256', previousSecret ?? secret)
    .update(body)
    .digest('hex');
  return {
    'X-Hub-Signature-256': `sha256=${meta}`,
    'webhook-id': eventId,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets.map((key) => standardSignature(key, `${eventId}.${timestamp}.${body}`)).join(' '),
  };
}

function standardSignature(secret: WebhookSecret, signed: string): string {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
}
