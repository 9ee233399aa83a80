import { request as httpRequest } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AwsError } from '../../../local/aws/json-protocol.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { HttpApi, type HttpApiConfig } from '../../../local/http-api/http-api.ts';
import { RouteTable } from '../../../local/http-api/route-table.ts';
import type { InvocationResult } from '../../../local/lambda/function-definition.ts';

let clock: VirtualClock;
let api: HttpApi;
let events: { name: string; event: APIGatewayProxyEventV2 }[];
let answer: (name: string) => Promise<InvocationResult>;

const returns = (value: unknown) => async (): Promise<InvocationResult> => ({
  ok: true,
  payload: JSON.stringify(value),
});
const to = (functionName: string) => ({ functionName, timeoutMs: 30_000 });

const config = (more: Partial<HttpApiConfig> = {}): HttpApiConfig => ({
  apiId: 'abc1234567',
  accountId: '000000000000',
  routes: new RouteTable([
    { routeKey: '$default', target: to('graph') },
    { routeKey: 'ANY /sessions', target: to('sessions') },
    { routeKey: 'ANY /sessions/{proxy+}', target: to('sessions') },
  ]),
  cors: undefined,
  throttling: undefined,
  ...more,
});

beforeEach(async () => {
  clock = new VirtualClock(Date.parse('2026-11-20T12:00:00Z'));
  events = [];
  answer = returns({ statusCode: 200, body: 'ok' });
  api = await HttpApi.listen(0, {
    clock,
    log: () => {},
    invoke(name, event) {
      events.push({ name, event: JSON.parse(event) as APIGatewayProxyEventV2 });
      return answer(name);
    },
  });
  api.configure(config());
});
afterEach(() => api.close());

const lastEvent = (): APIGatewayProxyEventV2 => events.at(-1)!.event;

describe('HttpApi', () => {
  it('gives the function an event of payload format 2.0', async () => {
    await fetch(`${api.url}/sessions/12/qr%20x?b=2&a=%20x&a=y`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'X-Thing': 'A', cookie: 'one=1; two=2', 'user-agent': 'test' },
      body: '{"text":"🕊\u2028"}',
    });
    expect(events[0]?.name).toBe('sessions');
    expect(lastEvent()).toMatchObject({
      version: '2.0',
      routeKey: 'ANY /sessions/{proxy+}',
      rawPath: '/sessions/12/qr x',
      rawQueryString: 'b=2&a=%20x&a=y',
      queryStringParameters: { a: ' x,y', b: '2' },
      cookies: ['one=1', 'two=2'],
      pathParameters: { proxy: '12/qr x' },
      headers: { 'x-thing': 'A', 'content-type': 'application/json', 'x-forwarded-for': '127.0.0.1' },
      requestContext: {
        apiId: 'abc1234567',
        stage: '$default',
        http: { method: 'POST', path: '/sessions/12/qr x', sourceIp: '127.0.0.1', userAgent: 'test' },
        time: '20/Nov/2026:12:00:00 +0000',
        timeEpoch: clock.now(),
      },
      body: '{"text":"🕊\u2028"}',
      isBase64Encoded: false,
    });
    expect(lastEvent().headers).not.toHaveProperty('cookie');
  });

  it('joins a header that was sent twice by a comma', async () => {
    await new Promise((resolve) => {
      const sent = httpRequest(`${api.url}/1`, (response) => response.resume().on('end', resolve));
      sent.setHeader('x-list', ['a', 'b']).end();
    });
    expect(lastEvent().headers['x-list']).toMatch(/^a, ?b$/);
  });

  it.each([
    ['image/png', undefined],
    ['application/x-www-form-urlencoded', undefined],
    ['application/json', 'gzip'],
  ])('gives a %s body (content-encoding %s) in base64', async (type, encoding) => {
    const body = Buffer.from([0, 255, 128, 10]);
    const headers = { 'content-type': type, ...(encoding && { 'content-encoding': encoding }) };
    await fetch(`${api.url}/1`, { method: 'POST', headers, body });
    expect(lastEvent()).toMatchObject({ isBase64Encoded: true, body: body.toString('base64') });
  });

  it('maps status, headers, cookies and a binary body of a structured answer', async () => {
    const body = Buffer.from([137, 80, 0, 255]);
    answer = returns({
      statusCode: 201,
      headers: { 'Content-Type': 'image/png', 'X-Number': 7 },
      cookies: ['a=1', 'b=2'],
      body: body.toString('base64'),
      isBase64Encoded: true,
    });
    const response = await fetch(`${api.url}/1`);
    expect(response.status).toBe(201);
    expect(response.headers.get('content-type')).toBe('image/png');
    expect(response.headers.get('x-number')).toBe('7');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(body);
  });

  it('makes a JSON 200 of an answer without a status', async () => {
    answer = returns({ hello: 'world' });
    const response = await fetch(`${api.url}/1`);
    expect([response.status, await response.json()]).toEqual([200, { hello: 'world' }]);
  });

  it.each<[string, () => Promise<InvocationResult>, number, string]>([
    [
      'a failed function',
      async () => ({ ok: false, error: { errorType: 'E', errorMessage: 'm' } }),
      500,
      'Internal Server Error',
    ],
    ['an answer that is none', returns({ statusCode: 'many' }), 500, 'Internal Server Error'],
    [
      'a throttled function',
      async () => {
        throw new AwsError('TooManyRequestsException', '', 429);
      },
      503,
      'Service Unavailable',
    ],
    [
      'a payload over 6 MB',
      async () => {
        throw new AwsError('RequestTooLargeException', '', 413);
      },
      413,
      'Request Entity Too Large',
    ],
  ])("answers %s with the gateway's own body", async (_name, given, status, message) => {
    answer = given;
    const response = await fetch(`${api.url}/1`);
    expect([response.status, await response.json()]).toEqual([status, { message }]);
  });

  it('gives up after 30 seconds', async () => {
    const called = Promise.withResolvers<void>();
    answer = () => {
      called.resolve();
      return new Promise(() => {});
    };
    const response = fetch(`${api.url}/1`);
    await called.promise;
    await clock.advance(29_999);
    await clock.advance(1);
    expect((await response).status).toBe(503);
  });

  it('refuses a body over 10 MB and passes one of 10 MB on', async () => {
    const post = (bytes: number) => fetch(`${api.url}/1`, { method: 'POST', body: 'x'.repeat(bytes) });
    const refused = await post(10 * 1024 * 1024 + 1);
    expect([refused.status, await refused.json()]).toEqual([413, { message: 'Request Entity Too Large' }]);
    expect((await post(10 * 1024 * 1024)).status).toBe(200);
  });

  it('refuses more than 10,240 bytes of headers', async () => {
    expect((await fetch(`${api.url}/1`, { headers: { 'x-long': 'x'.repeat(10_300) } })).status).toBe(431);
  });

  it('answers 404 by itself where nothing matches', async () => {
    api.configure(config({ routes: new RouteTable([{ routeKey: 'GET /a', target: to('a') }]) }));
    const response = await fetch(`${api.url}/a`, { method: 'POST' });
    expect([response.status, await response.json()]).toEqual([404, { message: 'Not Found' }]);
  });

  it("throttles at the stage's burst and goes on with its rate", async () => {
    api.configure(config({ throttling: { ratePerSecond: 1, burst: 2 } }));
    const status = async () => (await fetch(`${api.url}/1`)).status;
    expect([await status(), await status(), await status()]).toEqual([200, 200, 429]);
    await clock.advance(1000);
    expect(await status()).toBe(200);
  });

  describe('CORS', () => {
    const cors = {
      AllowOrigins: ['https://app.example'],
      AllowMethods: ['GET', 'POST'],
      AllowHeaders: ['authorization'],
      ExposeHeaders: ['retry-after'],
      MaxAge: 600,
    };
    const preflight = (origin: string) =>
      fetch(`${api.url}/sessions`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });

    it('answers a preflight without the function', async () => {
      api.configure(config({ cors }));
      const response = await preflight('https://app.example');
      expect(response.status).toBe(204);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'access-control-allow-origin': 'https://app.example',
        'access-control-allow-methods': 'GET,POST',
        'access-control-allow-headers': 'authorization',
        'access-control-max-age': '600',
      });
      expect(events).toEqual([]);
    });

    it('tells another origin nothing', async () => {
      api.configure(config({ cors }));
      expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
    });

    it("replaces the function's own CORS headers", async () => {
      api.configure(config({ cors }));
      answer = returns({ statusCode: 200, headers: { 'access-control-allow-origin': '*' } });
      const allowed = await fetch(`${api.url}/1`, { headers: { origin: 'https://app.example' } });
      expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example');
      expect(allowed.headers.get('access-control-expose-headers')).toBe('retry-after');
      const other = await fetch(`${api.url}/1`, { headers: { origin: 'https://evil.example' } });
      expect(other.headers.get('access-control-allow-origin')).toBeNull();
    });

    it('gives OPTIONS to the function where CORS is not configured', async () => {
      await preflight('https://app.example');
      expect(lastEvent().requestContext.http.method).toBe('OPTIONS');
    });
  });
});
