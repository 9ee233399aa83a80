import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '#core/domain/clock.ts';
import { insights, keptLogs } from '../../../bin/operator/log-search.ts';
import { openLogFile } from '../../../local/logs/log-file.ts';

const NOW_MS = Date.parse('2026-11-20T10:00:00Z');

/** CloudWatch Logs as far as one query goes. */
describe('search with CloudWatch Logs Insights', () => {
  const asked: { target: string; body: Record<string, unknown> }[] = [];
  let server: Server;
  let looks = 0;
  beforeAll(async () => {
    server = createServer((request, response) => {
      void text(request).then((body) => {
        const target = String(request.headers['x-amz-target']).split('.')[1] ?? '';
        asked.push({ target, body: JSON.parse(body) as Record<string, unknown> });
        const answer = target === 'StartQuery' ? { queryId: 'q' } : resultsAfterOneLook();
        response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => server.close());

  const field = (name: string, value: string) => ({ field: name, value });
  const row = (time: string, log: string, message: object) => [
    field('@timestamp', time),
    field('@log', `123456789012:${log}`),
    field('@message', `${JSON.stringify(message)}\n`),
  ];
  const resultsAfterOneLook = () =>
    looks++ === 0
      ? { status: 'Running', results: [] }
      : {
          status: 'Complete',
          results: [
            row('2026-11-20 09:59:01.000', 'group-b', { level: 30, msg: 'message concluded', messageId: 'wamid.A' }),
            row('2026-11-20 09:59:00.500', 'group-a', {
              level: 'INFO',
              message: 'request answered',
              service: 'pombo',
              messageId: 'wamid.A',
            }),
          ],
        };

  it('asks all groups for the ids and reads the lines of functions and connector', async () => {
    const waits: number[] = [];
    const clock: Clock = {
      now: () => NOW_MS,
      monotonic: () => 0,
      after: (delayMs, fire) => {
        waits.push(delayMs);
        setImmediate(fire);
        return () => undefined;
      },
    };
    const search = insights({
      aws: {
        endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        region: 'us-east-1',
        credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      },
      groups: new Map([
        ['group-a', 'ApiGraph'],
        ['group-b', 'Connector'],
      ]),
      clock,
    });
    const found = await search.find(['wamid.A', 'e1'], NOW_MS - 3_600_000);
    expect(found.map(({ atMs, part, text: said, fields }) => [atMs, part, said, fields])).toEqual([
      [NOW_MS - 59_500, 'ApiGraph', 'request answered', { messageId: 'wamid.A' }],
      [NOW_MS - 59_000, 'Connector', 'message concluded', { messageId: 'wamid.A' }],
    ]);
    expect(waits).toEqual([500]);
    expect(asked[0]).toMatchObject({
      target: 'StartQuery',
      body: {
        logGroupNames: ['group-a', 'group-b'],
        startTime: NOW_MS / 1000 - 3600,
        endTime: NOW_MS / 1000,
        queryString:
          'fields @timestamp, @message, @log | filter @message like "wamid.A" or @message like "e1" | sort @timestamp asc',
      },
    });
  });
});

describe('search of the lines that npm start keeps', () => {
  it('finds what names a message or an event, and is not too old', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'pombo-search-'));
    let now = 1;
    const file = openLogFile(path.join(folder, 'logs'), () => now++);
    const line = (text: string, fields: object) => file.keep({ part: 'p', level: 'info', text, fields: { ...fields } });
    line('too old', { messageId: 'wamid.A' });
    line('of the message', { messageId: 'wamid.A' });
    line('of another', { messageId: 'wamid.B' });
    line('of its event', { eventId: 'e1' });
    line('of nothing', {});
    file.close();
    const found = await keptLogs(folder).find(['wamid.A', 'e1'], 2);
    expect(found.map(({ text: said }) => said)).toEqual(['of the message', 'of its event']);
    rmSync(folder, { recursive: true });
  });
});
