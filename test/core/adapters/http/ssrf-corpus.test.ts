import { once } from 'node:events';
import { createServer as createHttpServer, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type GuardedHttpClientOptions, makeGuardedHttpClient } from '#core/adapters/http/guarded-http-client.ts';
import { RequestFailed } from '#core/adapters/http/request-failed.ts';
import { systemClock } from '#core/domain/clock.ts';
import { LITERALS } from './hostile-hosts.ts';
import { names, pemsOf, portOf } from './names-and-certificates.ts';

const post = { headers: { 'Content-Type': 'application/json' }, body: '{}', timeoutMs: 2_000 };

const redirect = (answer: ServerResponse, location: string): void => void answer.writeHead(307, { location }).end();

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
      const reasons = host.endsWith('.') ? ['blocked', 'dns', 'no_such_name'] : ['blocked'];
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
    it('opens no connection to where a redirect leads', async () => {
      const pems = await pemsOf('hook.example');
      const location = `${scheme}://127.0.0.1:${portOf(victim)}/`;
      const redirecting =
        scheme === 'https'
          ? createHttpsServer({ key: pems.private, cert: pems.cert }, (_, answer) => redirect(answer, location))
          : createHttpServer((_, answer) => redirect(answer, location));
      // Bound to an address of its own, so that the guard lets it through and not the victim.
      redirecting.listen(0, '127.0.0.2');
      await once(redirecting, 'listening');
      const url = `${scheme}://hook.example:${portOf(redirecting)}/`;
      const lookup = names(['127.0.0.2']);
      expect(await refusal(url, { lookup, privateTargets: ['127.0.0.2/32'], ca: pems.cert })).toMatchObject({
        status: 307,
      });
      expect(accepted).toBe(0);
      redirecting.closeAllConnections();
      redirecting.close();
    });
    it('reaches the victim when loopback is a private target, so the tests above can fail', async () => {
      const error = await refusal(`${scheme}://127.0.0.1:${portOf(victim)}/`, { privateTargets: ['127.0.0.0/8'] });
      expect(error).toBeInstanceOf(RequestFailed);
      expect(accepted).toBeGreaterThan(0);
    });
  });
});
