import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GraphErrorSchema } from '#core/contracts/api/errors.ts';
import { type AwsTestBed, startAws } from './support/aws-test-bed.ts';
import { callApi } from './support/call-api.ts';

const SESSION = '100200300';

/** Values that have broken parsers before, and arbitrary JSON. */
const value = fc.oneof(
  { weight: 3, arbitrary: fc.jsonValue({ stringUnit: 'binary' }) },
  fc.constantFrom<unknown>(
    undefined,
    null,
    '',
    'whatsapp',
    'text',
    'group',
    'individual',
    '5511987654321',
    '__proto__',
    'constructor',
    { body: 'oi' },
    { body: '\u0000' },
    { body: '\ud800' },
    [],
    {},
    -0,
    1e308,
    'x'.repeat(5000),
  ),
);
const named = (...names: readonly string[]) =>
  fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] });
const body = fc.oneof(
  named('messaging_product', 'to', 'type', 'text', 'recipient_type', 'context', 'biz_opaque_callback_data', 'status'),
  fc.record({ messaging_product: fc.constant('whatsapp'), to: value, text: value, recipient_type: value }),
  named('id', 'name'),
  named('url', 'session', 'events'),
  named('phone_number'),
  value,
);
const raw = fc.oneof(
  body.map((content) => JSON.stringify(content) ?? ''),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('{', '[[[[', '{"a":1', 'a=b&text={', '%%%', '['.repeat(20_000), '\ufeff{}'),
);
const segment = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('sessions', 'webhooks', 'messages', 'v23.0', SESSION, 'start', 'stop', 'media', 'docs'),
  },
  fc.constantFrom('..', '%2e%2e', '__proto__', 'wh_000000000000000000000000', '', '%00', '😀', '0', '9'.repeat(70)),
  fc.webSegment(),
);
const path = fc.array(segment, { maxLength: 5 }).map((parts) => `/${parts.join('/')}`);
const request = fc.record({
  method: fc.constantFrom('GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'HEAD', 'OPTIONS', 'get', ''),
  path: fc.oneof(path, fc.constantFrom('/sessions', '/webhooks', `/${SESSION}/messages`, `/v23.0/${SESSION}/messages`)),
  query: fc.oneof(fc.constant(''), fc.webQueryParameters()),
  raw,
  type: fc.oneof(
    fc.constantFrom(
      'application/json',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'text/plain',
      '',
    ),
    fc.string(),
  ),
  base64: fc.boolean(),
});

describe('thousands of malformed requests', () => {
  let aws: AwsTestBed;
  let key: string;
  const handlers = new Map<string, Parameters<typeof callApi>[0]>();

  beforeAll(async () => {
    aws = await startAws();
    key = (await aws.newAccount()).apiKey;
    handlers.set('sessions', (await import('../../functions/sessions/handler.ts')).handler);
    handlers.set('webhooks', (await import('../../functions/webhooks/handler.ts')).handler);
    handlers.set('docs', (await import('../../functions/docs/handler.ts')).handler);
    handlers.set('', (await import('../../functions/graph/handler.ts')).handler);
    await callApi(handlers.get('sessions')!, 'POST /sessions', { key, body: { id: SESSION } });
  }, 60_000);
  afterAll(() => aws.stop());

  it('are answered without one 5xx, each refusal in Graph’s shape', async () => {
    const seen = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(request, async ({ method, path: target, query, raw: content, type, base64 }) => {
        const handler = handlers.get(target.split('/')[1] ?? '') ?? handlers.get('')!;
        const answer = await callApi(handler, `${method} ${encodeSpaces(target)}?${encodeSpaces(query)}`, {
          key,
          body: content,
          base64,
          headers: { 'content-type': type },
        });
        seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
        if (answer.status >= 200 && answer.status <= 299) return;
        expect(answer.status, answer.body).toBeLessThan(500);
        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(answer.error().error_data.details.length, answer.body).toBeGreaterThan(10);
      }),
      { numRuns: 4000 },
    );
    // The generator reaches what it is meant to reach: successes and every kind of refusal.
    expect([...seen.keys()]).toEqual(expect.arrayContaining([200, 201, 400, 404, 405, 415]));
  }, 120_000);

  it('without a key are all refused with 401', async () => {
    await fc.assert(
      fc.asyncProperty(request, fc.string({ maxLength: 60 }), async ({ method, path: target, raw: content }, wrong) => {
        const handler = handlers.get('')!;
        const answer = await callApi(handler, `${method} ${encodeSpaces(target)}`, {
          body: content,
          headers: { authorization: wrong },
        });
        expect(answer.status).toBe(401);
        expect(GraphErrorSchema.safeParse(answer.json).success).toBe(true);
      }),
      { numRuns: 300 },
    );
  }, 60_000);
});

/** `callApi` splits its request at spaces. */
const encodeSpaces = (text: string): string => text.replaceAll(' ', '%20');
