import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeGuardedHttpClient } from '#core/adapters/http/guarded-http-client.ts';
import { systemClock } from '#core/domain/clock.ts';

const FULL = process.env['POMBO_CHAOS'] === 'full';
const timeout = 600_000;
const GIGABYTE = 2 ** 30;
/** What is read of an answer, bytes. */
const READ = 16 * 1024;
const ANSWERS = FULL ? 50 : 10;
/** Before memory is measured: what a process needs once. */
const WARM_UP = 5;
/** Reference webhooks.md section 6, bar 19. */
const MEMORY_GROWTH = 5 * 2 ** 20;

/** A receiver in a process of its own, so that its memory is not ours. Its answer has a gigabyte. */
const RECEIVER = `
const chunk = Buffer.alloc(64 * 1024, 'x');
const server = require('node:http').createServer((request, response) => {
  request.resume();
  let sent = 0;
  response.writeHead(200, { 'content-length': ${GIGABYTE} });
  const more = () => {
    while (!response.destroyed && sent < ${GIGABYTE}) {
      sent += chunk.length;
      if (!response.write(chunk)) return response.once('drain', more);
    }
  };
  response.on('close', () => process.send({ sent }));
  more();
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
`;

setFlagsFromString('--expose-gc');
/** What nobody holds any more must not count as growth, however seldom the engine collects it by itself. */
const collectGarbage = runInNewContext('gc') as () => void;

describe('an answer of a gigabyte (bar 19)', () => {
  let child: ChildProcess;
  let url: string;
  const sent: number[] = [];

  beforeAll(async () => {
    child = spawn(process.execPath, ['-e', RECEIVER], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    url = `http://127.0.0.1:${port}/`;
    child.on('message', (message: { sent: number }) => void sent.push(message.sent));
  }, timeout);
  afterAll(() => void child?.kill());

  it('is read to 16 KiB and hung up on, and leaves nothing in memory', { timeout }, async () => {
    const client = makeGuardedHttpClient({ privateTargets: ['127.0.0.0/8'], clock: systemClock });
    const post = async (): Promise<void> => {
      const { body, status } = await client.post({ url, headers: {}, body: '{}', timeoutMs: 60_000 });
      expect([status, body.length]).toEqual([200, READ]);
    };
    for (let n = 0; n < WARM_UP; n++) await post();
    collectGarbage();
    const before = process.memoryUsage();
    for (let n = 0; n < ANSWERS; n++) await post();
    collectGarbage();
    const after = process.memoryUsage();
    client.close();
    while (sent.length < WARM_UP + ANSWERS) await once(child, 'message');
    console.log({ answers: ANSWERS, mostSentBytes: Math.max(...sent), rssGrowth: after.rss - before.rss });
    // What the sender got rid of lies in the buffers of two sockets: a part of a gigabyte, whatever the kernel.
    expect(Math.max(...sent)).toBeLessThan(GIGABYTE / 10);
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThanOrEqual(MEMORY_GROWTH);
  });
});
