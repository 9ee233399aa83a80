import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { verifySignatures } from '../../../local/receiver/verify-signatures.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const NOW_MS = 1_760_000_000_000;
const BODY = Buffer.from('{"object":"whatsapp_business_account"}');

function signed(body: Buffer) {
  const at = new Date(NOW_MS);
  return {
    'webhook-id': 'abc',
    'webhook-timestamp': String(NOW_MS / 1000),
    'webhook-signature': new Webhook(SECRET).sign('abc', at, body.toString()),
    'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
  };
}

describe('verifySignatures', () => {
  it('accepts what the Standard Webhooks library and a Meta client sign', () => {
    expect(verifySignatures(SECRET, signed(BODY), BODY, NOW_MS)).toEqual({ meta: true, standardWebhooks: true });
  });

  it('refuses a changed body', () => {
    const changed = Buffer.from('{"object":"other"}');
    expect(verifySignatures(SECRET, signed(BODY), changed, NOW_MS)).toEqual({ meta: false, standardWebhooks: false });
  });

  it('refuses a Standard Webhooks timestamp that is older than five minutes', () => {
    expect(verifySignatures(SECRET, signed(BODY), BODY, NOW_MS + 301_000).standardWebhooks).toBe(false);
  });

  it('accepts the second of two signatures during a rotation', () => {
    const headers = signed(BODY);
    headers['webhook-signature'] = `v1,AAAA ${headers['webhook-signature']}`;
    expect(verifySignatures(SECRET, headers, BODY, NOW_MS).standardWebhooks).toBe(true);
  });
});
