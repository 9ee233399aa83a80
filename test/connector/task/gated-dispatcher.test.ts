import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Agent } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gatedDispatcher } from '../../../connector/task/gated-dispatcher.ts';

const LIMITS = { requestTimeoutMs: 500, sockets: 1 };

let server: Server;
let heard: string[];
let silence: { silent: boolean; lifted(): Promise<void> };
let dispatcher: Agent;

beforeEach(async () => {
  heard = [];
  silence = { silent: false, lifted: () => Promise.resolve() };
  dispatcher = gatedDispatcher(silence, LIMITS);
  const listener: RequestListener = (asked, response) => {
    let body = '';
    asked.on('data', (chunk: Buffer) => (body += chunk.toString()));
    asked.on('end', () => {
      heard.push(body);
      if (body === 'never answered') return;
      if (body === 'the last one') silence.silent = true;
      response.end('ok');
    });
  };
  server = createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterEach(async () => {
  await dispatcher.destroy();
  server.closeAllConnections();
  server.close();
});

async function post(body: string): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const answer = await dispatcher.request({ origin: `http://127.0.0.1:${port}`, path: '/', method: 'POST', body });
  await answer.body.dump();
  return 'answered';
}

describe('gatedDispatcher', () => {
  it('lets requests through while the task may act', async () => {
    expect(await post('a')).toBe('answered');
    expect(heard).toEqual(['a']);
  });

  it('breaks a request off on a socket that was open before the silence', async () => {
    await post('a');
    silence.silent = true;
    await expect(post('b')).rejects.toThrow('fallen silent');
    expect(heard).toEqual(['a']);
  });

  it('breaks off what was begun before the silence while its socket was still connecting', async () => {
    const begun = post('a');
    silence.silent = true;
    await expect(begun).rejects.toThrow('fallen silent');
    expect(heard).toEqual([]);
  });

  it('breaks off what waits for a free socket when the silence comes', async () => {
    const first = post('the last one');
    const waiting = post('b');
    expect(await first).toBe('answered');
    await expect(waiting).rejects.toThrow('fallen silent');
    expect(heard).toEqual(['the last one']);
  });

  it('works again with a new socket when the silence is lifted', async () => {
    await post('a');
    silence.silent = true;
    await post('b').catch(() => undefined);
    silence.silent = false;
    expect(await post('c')).toBe('answered');
    expect(heard).toEqual(['a', 'c']);
  });

  it('gives up a request that is never answered', async () => {
    await expect(post('never answered')).rejects.toThrow('Headers Timeout');
    expect(await post('a')).toBe('answered');
  });
});
