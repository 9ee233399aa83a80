import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../../sandbox/sandbox.ts';
import { startSandbox } from '../../../sandbox/sandbox.ts';

describe('the control API', () => {
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = await startSandbox();
  });
  afterAll(() => sandbox.close());

  const call = async (method: string, path: string, body?: string) => {
    const response = await fetch(`${sandbox.controlUrl}${path}`, { method, ...(body === undefined ? {} : { body }) });
    return { status: response.status, body: (await response.json()) as { error?: { message: string } } };
  };

  it.each([
    ['GET', '/nowhere', undefined, 404, 'nothing at /nowhere'],
    ['DELETE', '/phones', undefined, 405, 'does not work'],
    ['POST', '/phones/5511987654321/messages', '{', 400, 'not JSON'],
    ['POST', '/phones/5511987654321/messages', '{"to":"5511911112222"}', 400, 'exactly one'],
    [
      'POST',
      '/phones/5511987654321/messages',
      '{"to":"5511911112222","text":"a","revoke":{"targetId":"x"}}',
      400,
      'exactly one',
    ],
    ['POST', '/phones/5511987654321/messages', '{"to":"12","text":"a"}', 400, 'not an international phone number'],
    ['POST', '/phones/5511987654321/messages', '{"to":"1@g.us","text":"a"}', 404, 'no group'],
    ['POST', '/phones/5511987654321/read', '{"id":"nope"}', 409, 'has not received'],
    ['POST', '/phones/5511987654321/unlink', undefined, 404, 'no such linked device'],
    ['POST', '/phones/5511987654321/pairing-code', '{"code":"ABCD1234"}', 409, 'asked'],
    ['GET', '/phones/5511900000001', undefined, 404, 'not on WhatsApp'],
    ['GET', '/phones/hello', undefined, 400, 'not an international phone number'],
    ['GET', '/phones/5511987654321/messages?limit=0', undefined, 400, 'limit'],
    ['POST', '/devices/5511987654321:9/disconnect', '{"how":"tcp"}', 404, 'no device'],
    ['POST', '/devices/5511987654321/disconnect', '{"how":"magic"}', 400, 'how'],
  ])('answers %s %s %s with %i and a sentence', async (...[method, path, body, status, sentence]) => {
    const answer = await call(method, path, body);
    expect(answer.status).toBe(status);
    expect(answer.body.error?.message).toContain(sentence);
  });

  it('makes a person with a number that nobody has', async () => {
    const { status, body } = await call('POST', '/phones', '{"name":"Teresa"}');
    expect(status).toBe(201);
    expect(body).toMatchObject({
      name: 'Teresa',
      number: expect.stringMatching(/^55119\d{8}$/) as string,
      linkedDevices: [],
    });
  });
});
