import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { generate } from 'selfsigned';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Lookup } from '#core/adapters/http/guarded-connection.ts';
import { type GuardedHttpClientOptions, makeGuardedHttpClient } from '#core/adapters/http/guarded-http-client.ts';
import { RequestFailed } from '#core/adapters/http/request-failed.ts';
import { systemClock } from '#core/domain/clock.ts';
import { VirtualClock } from '../../../../local/clock/virtual-clock.ts';

const portOf = (server: Server | TcpServer): number => (server.address() as AddressInfo).port;

/** Answers every name with the given addresses, one list per question, the last one for ever. */
const names =
  (...answers: readonly (readonly string[])[]): Lookup =>
  (_, __, done) => {
    const list = answers.length > 1 ? (answers as string[][]).shift() : answers[0];
    done(
      null,
      (list ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };

/** Forms in which an attacker writes loopback, link-local and private addresses; the first ones reach our victim if nothing stops them. */
const LITERALS = [
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '2130706433',
  '0x7f.1',
  '0x7f000001',
  '0177.0.0.1',
  '017700000001',
  '127.255.255.254',
  '0.0.0.0',
  '0',
  '[::1]',
  '[::]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[0:0:0:0:0:ffff:127.0.0.1]',
  '[::127.0.0.1]',
  '[64:ff9b::127.0.0.1]',
  '[2002:7f00:1::]',
  'localhost',
  'LOCALHOST',
  'localhost.',
  '%6cocalhost',
  '127。0。0。1',
  '１２７.0.0.1',
  '169.254.169.254',
  '[fd00:ec2::254]',
  '[::ffff:169.254.169.254]',
  '10.0.0.1',
  '172.16.0.1',
  '192.168.0.1',
  '100.64.0.1',
  '[fe80::1]',
];
const post = { headers: { 'Content-Type': 'application/json' }, body: '{}', timeoutMs: 2_000 };

describe('the guard of user-supplied URLs', () => {
  let victim: TcpServer;
  let accepted = 0;
  beforeAll(async () => {
    victim = createTcpServer((socket: Socket) => {
      accepted += 1;
      socket.destroy();
    });
    // Every family and every local address.
    victim.listen({ port: 0, host: '::', ipv6Only: false });
    await once(victim, 'listening');
  });
  afterAll(() => void victim.close());
  afterEach(() => {
    accepted = 0;
  });

  const refusal = async (url: string, options: Partial<GuardedHttpClientOptions> = {}): Promise<unknown> => {
    const client = makeGuardedHttpClient({ privateTargets: [], clock: systemClock, ...options });
    try {
      return await client.post({ ...post, url });
    } catch (error) {
      return error;
    } finally {
      client.close();
    }
  };

  describe.each(['http', 'https'])('over %s', (scheme) => {
    it.each(LITERALS)('opens no connection to %s', async (host) => {
      // Whether a name with a final dot means loopback is the resolver's business.
      const reasons = host.endsWith('.') ? ['blocked', 'dns'] : ['blocked'];
      expect(await refusal(`${scheme}://${host}:${portOf(victim)}/hook`)).toMatchObject({
        reason: expect.toBeOneOf(reasons) as string,
      });
      expect(accepted).toBe(0);
    });
    it.each([
      ['loopback', ['127.0.0.1']],
      ['IPv6 loopback', ['::1']],
      ['only private addresses', ['10.0.0.1', '::1', '127.0.0.1']],
      ['a mapped address', ['::ffff:127.0.0.1']],
    ])('opens no connection to a name that means %s', async (_, addresses) => {
      const url = `${scheme}://attacker.example:${portOf(victim)}/`;
      expect(await refusal(url, { lookup: names(addresses) })).toMatchObject({ reason: 'blocked' });
      expect(accepted).toBe(0);
    });
    it('tries only the public addresses of a name that has both kinds', async () => {
      const lookup = names(['127.0.0.1', '192.0.2.1', '::1']);
      // 192.0.2.1 stands for a public address that nobody answers at.
      const url = `${scheme}://attacker.example:${portOf(victim)}/`;
      const error = await refusal(url, { lookup, privateTargets: ['192.0.2.1/32'] });
      expect(error).toBeInstanceOf(RequestFailed);
      expect(error).not.toMatchObject({ reason: 'blocked' });
      expect(accepted).toBe(0);
    });
    it('opens no connection when the name moves to loopback between two requests', async () => {
      const lookup = names(['192.0.2.1'], ['127.0.0.1']);
      const client = makeGuardedHttpClient({ privateTargets: ['192.0.2.1/32'], clock: systemClock, lookup });
      const url = `${scheme}://rebinding.example:${portOf(victim)}/`;
      await client.post({ ...post, url, timeoutMs: 200 }).catch(() => undefined);
      await expect(client.post({ ...post, url })).rejects.toMatchObject({ reason: 'blocked' });
      client.close();
      expect(accepted).toBe(0);
    });
    it('reaches the victim when loopback is a private target, so the tests above can fail', async () => {
      const error = await refusal(`${scheme}://127.0.0.1:${portOf(victim)}/`, { privateTargets: ['127.0.0.0/8'] });
      expect(error).toBeInstanceOf(RequestFailed);
      expect(accepted).toBeGreaterThan(0);
    });
  });
});

describe('makeGuardedHttpClient', () => {
  const local = { privateTargets: ['127.0.0.0/8'], clock: systemClock };
  let server: Server | undefined;
  let client = makeGuardedHttpClient(local);
  afterEach(() => {
    client.close();
    server?.closeAllConnections();
    server?.close();
  });

  const listen = async (listener: RequestListener): Promise<string> => {
    server = createHttpServer(listener);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    client = makeGuardedHttpClient(local);
    return `http://127.0.0.1:${portOf(server)}`;
  };

  it('posts the very bytes and reads status, headers and body', async () => {
    const got: string[] = [];
    const url = await listen((request, response) => {
      request.on('data', (chunk: Buffer) => got.push(chunk.toString('latin1')));
      request.on('end', () => response.writeHead(202, { 'x-test': 'yes' }).end(`${request.method} ${request.url}`));
    });
    const answer = await client.post({ ...post, url: `${url}/hook?a=1`, body: '{"a":"\\u00e7"}' });
    expect(answer).toMatchObject({ status: 202, body: 'POST /hook?a=1', headers: { 'x-test': 'yes' } });
    expect(got.join('')).toBe('{"a":"\\u00e7"}');
  });
  it('speaks TLS to a name with its certificate, and refuses a certificate that nobody signed', async () => {
    const pems = await generate([{ name: 'commonName', value: 'hook.example' }], {
      keySize: 2048,
      extensions: [
        { name: 'basicConstraints', cA: true },
        { name: 'subjectAltName', altNames: [{ type: 2, value: 'hook.example' }] },
      ],
    });
    const secure = createHttpsServer({ key: pems.private, cert: pems.cert }, (_, response) => void response.end('tls'));
    secure.listen(0, '127.0.0.1');
    await once(secure, 'listening');
    const lookup = names(['127.0.0.1']);
    const trusting = makeGuardedHttpClient({ ...local, lookup, ca: pems.cert });
    const url = `https://hook.example:${portOf(secure)}/`;
    expect(await trusting.post({ ...post, url })).toMatchObject({ status: 200, body: 'tls' });
    const other = `https://other.example:${portOf(secure)}/`;
    await expect(trusting.post({ ...post, url: other })).rejects.toMatchObject({ reason: 'connect' });
    const strict = makeGuardedHttpClient({ ...local, lookup });
    await expect(strict.post({ ...post, url })).rejects.toMatchObject({ reason: 'connect' });
    trusting.close();
    strict.close();
    secure.closeAllConnections();
    secure.close();
  });
  it.each([301, 302, 303, 307, 308])('does not follow a redirect with %i', async (status) => {
    let requests = 0;
    const url = await listen((_, response) => {
      requests += 1;
      response.writeHead(status, { location: '/elsewhere' }).end();
    });
    expect(await client.post({ ...post, url })).toMatchObject({ status });
    expect(requests).toBe(1);
  });
  it('reads at most 16 KiB of a body that never ends, and hangs up', async () => {
    const gone: Promise<unknown>[] = [];
    const url = await listen((_, response) => {
      gone.push(once(response, 'close'));
      response.writeHead(200);
      const more = (): void => {
        if (response.destroyed) return;
        if (response.write('x'.repeat(64 * 1024))) setImmediate(more);
        else response.once('drain', more);
      };
      more();
    });
    const { status, body } = await client.post({ ...post, url });
    expect({ status, length: body.length }).toEqual({ status: 200, length: 16 * 1024 });
    await Promise.all(gone);
  });
  it.each([
    ['drips', (response: ServerResponse) => response.writeHead(200).write('x')],
    ['never comes', () => undefined],
  ])('gives up on an answer that %s, at the total time', async (_, answer) => {
    const clock = new VirtualClock(0);
    const url = await listen((__, response) => {
      answer(response);
      void clock.advance(14_999).then(() => {
        expect(failed).toBe(false);
        return clock.advance(1);
      });
    });
    let failed = false;
    const patient = makeGuardedHttpClient({ ...local, clock });
    const request = patient.post({ ...post, url, timeoutMs: 15_000 }).finally(() => {
      failed = true;
    });
    await expect(request).rejects.toMatchObject({ reason: 'timeout' });
    patient.close();
  });
  it('names what went wrong', async () => {
    const url = await listen((request) => request.socket.destroy());
    await expect(client.post({ ...post, url })).rejects.toMatchObject({ reason: 'broken' });
    server?.close();
    await once(server!, 'close');
    await expect(client.post({ ...post, url })).rejects.toMatchObject({ reason: 'connect' });
    const lost: Lookup = (_, __, done) => done(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), []);
    const lonely = makeGuardedHttpClient({ ...local, lookup: lost });
    await expect(lonely.post({ ...post, url: 'http://nowhere.example/' })).rejects.toMatchObject({ reason: 'dns' });
    lonely.close();
  });
  it('uses a connection again, and another one when the server has hung up meanwhile', async () => {
    const sockets = new Set<unknown>();
    const url = await listen((request, response) => {
      sockets.add(request.socket);
      response.end('ok');
    });
    await client.post({ ...post, url });
    await client.post({ ...post, url });
    expect(sockets.size).toBe(1);
    server?.closeAllConnections();
    expect(await client.post({ ...post, url })).toMatchObject({ status: 200 });
    expect(sockets.size).toBe(2);
  });
});
