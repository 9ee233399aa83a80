import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { at, newDataFolder, type Pombo, removeDataFolder, startPombo } from '../support/pombo.ts';

const SESSION = '100200300';
const send = `/${SESSION}/messages`;
const text = { messaging_product: 'whatsapp', to: '5511987654321', type: 'text', text: { body: 'oi' } };

interface Refusal {
  readonly what: string;
  readonly request: string;
  readonly body: unknown;
  readonly status: number;
  readonly code: number;
  /** Instead of the right `Authorization` header. */
  readonly key?: string;
}

describe('bad input', () => {
  let pombo: Pombo;
  let data: string;

  beforeAll(async () => {
    data = await newDataFolder();
    pombo = await startPombo({ data });
    await pombo.call('POST', '/sessions', { id: SESSION });
  }, 90_000);

  afterAll(async () => {
    await pombo.stop();
    await removeDataFolder(data);
  }, 60_000);

  const refused: readonly Refusal[] = [
    { what: 'no key', request: 'GET /sessions', body: undefined, status: 401, code: 104, key: '' },
    { what: 'a wrong key', request: 'GET /sessions', body: undefined, status: 401, code: 190, key: 'Bearer nope' },
    { what: 'a foreign session id', request: 'POST /999999999/messages', body: text, status: 400, code: 100 },
    { what: 'an unknown route', request: 'GET /nothing/here', body: undefined, status: 404, code: 803 },
    { what: 'something that is not JSON', request: `POST ${send}`, body: '{"to":', status: 400, code: 100 },
    {
      what: 'no messaging_product',
      request: `POST ${send}`,
      body: { ...text, messaging_product: undefined },
      status: 400,
      code: 100,
    },
    { what: 'no recipient', request: `POST ${send}`, body: { ...text, to: undefined }, status: 400, code: 131008 },
    {
      what: 'a recipient that is no number',
      request: `POST ${send}`,
      body: { ...text, to: 'joão' },
      status: 400,
      code: 131009,
    },
    { what: 'no text', request: `POST ${send}`, body: { ...text, text: undefined }, status: 400, code: 131008 },
    {
      what: 'an empty text',
      request: `POST ${send}`,
      body: { ...text, text: { body: '' } },
      status: 400,
      code: 131009,
    },
    {
      what: 'a text that is too long',
      request: `POST ${send}`,
      body: { ...text, text: { body: 'x'.repeat(4097) } },
      status: 400,
      code: 131009,
    },
    {
      what: 'a text of the wrong type',
      request: `POST ${send}`,
      body: { ...text, text: { body: 7 } },
      status: 400,
      code: 131009,
    },
    {
      what: 'a webhook that is not http',
      request: 'POST /webhooks',
      body: { url: 'ftp://example.com/' },
      status: 400,
      code: 100,
    },
    {
      what: 'a webhook in a private network',
      request: 'POST /webhooks',
      body: { url: 'http://10.0.0.1/' },
      status: 400,
      code: 100,
    },
    { what: 'a session id with letters', request: 'POST /sessions', body: { id: 'loja' }, status: 400, code: 100 },
  ];

  it.each(refused)('answers $what with a Graph error', async ({ request, body, status, code, key }) => {
    const [method = '', route = ''] = request.split(' ');
    const answer = await pombo.call(method, route, body, key === undefined ? {} : { authorization: key });
    expect({ status: answer.status, code: at(answer.body, 'error', 'code') }).toEqual({ status, code });
    expect(at(answer.body, 'error', 'message')).toEqual(expect.any(String));
    expect(at(answer.body, 'error', 'fbtrace_id')).toEqual(expect.any(String));
  });

  it('answers thousands of malformed requests without one 5xx', async () => {
    const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH');
    const segment = fc.oneof(
      fc.constantFrom('sessions', 'webhooks', 'messages', 'v23.0', SESSION, 'qr', 'media'),
      fc.webSegment(),
    );
    const route = fc.array(segment, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
    const field = fc.oneof(
      fc.constant(undefined),
      fc.jsonValue(),
      fc.constantFrom('whatsapp', '5511987654321', 'text'),
    );
    const message = fc.record({
      messaging_product: field,
      to: field,
      type: field,
      text: field,
      recipient_type: field,
      context: field,
    });
    const body = fc.oneof(message, fc.jsonValue(), fc.string());
    await fc.assert(
      fc.asyncProperty(
        method,
        fc.oneof(route, fc.constant(send), fc.constant('/sessions')),
        body,
        async (verb, path, content) => {
          const answer = await pombo.call(verb, path, verb === 'GET' || verb === 'DELETE' ? undefined : content);
          expect(answer.status, `${verb} ${path} ${JSON.stringify(content)}`).toBeLessThan(500);
        },
      ),
      { numRuns: 2_000 },
    );
  }, 120_000);
});
