import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Lookup } from '#core/adapters/http/guarded-connection.ts';
import { makeGuardedHttpClient } from '#core/adapters/http/guarded-http-client.ts';
import { systemClock } from '#core/domain/clock.ts';
import { VirtualClock } from '../../../../local/clock/virtual-clock.ts';
import { names, pemsOf, portOf } from './names-and-certificates.ts';

const post = { headers: { 'Content-Type': 'application/json' }, body: '{}', timeoutMs: 2_000 };

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
    const pems = await pemsOf('hook.example');
    const secure = createHttpsServer({ key: pems.private, cert: pems.cert }, (_, response) => void response.end('tls'));
    secure.listen(0, '127.0.0.1');
    await once(secure, 'listening');
    const lookup = names(['127.0.0.1']);
    const trusting = makeGuardedHttpClient({ ...local, lookup, ca: pems.cert });
    const url = `https://hook.example:${portOf(secure)}/`;
    expect(await trusting.post({ ...post, url })).toMatchObject({ status: 200, body: 'tls' });
    const other = `https://other.example:${portOf(secure)}/`;
    await expect(trusting.post({ ...post, url: other })).rejects.toMatchObject({ reason: 'certificate' });
    const strict = makeGuardedHttpClient({ ...local, lookup });
    await expect(strict.post({ ...post, url })).rejects.toMatchObject({ reason: 'certificate' });
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
  it('reads at most what node allows of headers that never end, and hangs up', async () => {
    let written = 0;
    const gone: Promise<unknown>[] = [];
    const server = createTcpServer((socket) => {
      gone.push(new Promise((resolve) => void socket.once('close', resolve)));
      socket.on('error', () => undefined);
      socket.write('HTTP/1.1 200 OK\r\n');
      const more = (): void => {
        if (socket.destroyed) return;
        written += 1024;
        if (socket.write(`x-${written}: ${'x'.repeat(1024)}\r\n`)) setImmediate(more);
        else socket.once('drain', more);
      };
      more();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${portOf(server)}/`;
    await expect(makeGuardedHttpClient(local).post({ ...post, url })).rejects.toMatchObject({ reason: 'broken' });
    await Promise.all(gone);
    server.close();
  });
  it.each([
    ['drips', (response: ServerResponse) => response.writeHead(200).write('x')],
    ['drips headers', (response: ServerResponse) => response.socket?.write('HTTP/1.1 200 OK\r\nx-a')],
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
    await expect(lonely.post({ ...post, url: 'http://nowhere.example/' })).rejects.toMatchObject({
      reason: 'no_such_name',
    });
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
