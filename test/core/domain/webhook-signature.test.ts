import { createHmac, randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { EventIdSchema } from '#core/domain/ids.ts';
import { newWebhookSecret } from '#core/domain/webhook-secret.ts';
import { asciiJson, signatureHeaders } from '#core/domain/webhook-signature.ts';

const eventId = EventIdSchema.parse('0123456789abcdef0123456789abcdef');
const json = fc.oneof(fc.jsonValue({ stringUnit: 'binary' }), fc.string({ unit: 'grapheme' }));

describe('asciiJson', () => {
  it('writes what lies beyond ASCII as lower-case escapes', () => {
    expect(asciiJson({ a: 'ção \u2028🐦\u007f' })).toBe(String.raw`{"a":"\u00e7\u00e3o \u2028\ud83d\udc26\u007f"}`);
  });
  it('is ASCII, and parses back to the same, for any value', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = asciiJson(value);
        expect(text).toMatch(/^[\u0020-\u007e]*$/);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 1000 },
    );
  });
  it('is what a receiver gets that parses, writes and escapes by itself', () => {
    fc.assert(
      fc.property(json, (value) => {
        const again = JSON.stringify(JSON.parse(asciiJson(value)));
        const escaped = again.replaceAll(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
        expect(escaped).toBe(asciiJson(value));
      }),
    );
  });
});

describe('signatureHeaders', () => {
  it('passes the Standard Webhooks library and a Meta-style check for any body', () => {
    fc.assert(
      fc.property(json, (value) => {
        const secret = newWebhookSecret(randomBytes);
        const body = asciiJson(value);
        const headers = signatureHeaders({ secret, eventId, body, nowMs: Date.now() });
        new Webhook(secret).verify(body, { ...headers });
        const hub = createHmac('sha256', secret).update(body).digest('hex');
        expect(headers['X-Hub-Signature-256']).toBe(`sha256=${hub}`);
      }),
      { numRuns: 500 },
    );
  });
  it('fails the library when one byte of the body differs', () => {
    const secret = newWebhookSecret(randomBytes);
    const headers = signatureHeaders({ secret, eventId, body: '{"a":1}', nowMs: Date.now() });
    expect(() => new Webhook(secret).verify('{"a":2}', { ...headers })).toThrow('No matching signature');
  });
  it('gives the time of the attempt in seconds', () => {
    const secret = newWebhookSecret(randomBytes);
    expect(signatureHeaders({ secret, eventId, body: '', nowMs: 1_999 })['webhook-timestamp']).toBe('1');
  });
});
