import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GuardedHttpClient, makeGuardedHttpClient } from '#core/adapters/http/guarded-http-client.ts';
import type { MediaRow } from '#core/contracts/rows/media-row.ts';
import { systemClock } from '#core/domain/clock.ts';
import { AccountIdSchema, MediaIdSchema, SessionIdSchema, SessionUidSchema } from '#core/domain/ids.ts';
import { type FetchMediaDependencies, fetchMedia } from '../../../functions/fetch-media/fetch-media.ts';
import { fetchPreview } from '../../../functions/fetch-media/fetch-preview.ts';
import { LITERALS } from '../../core/adapters/http/hostile-hosts.ts';
import { startLinkServer } from './link-server.ts';

const task = {
  version: 1,
  mediaId: MediaIdSchema.parse('12345678901234567890'),
  accountId: AccountIdSchema.parse('123456789012345678'),
  sessionId: SessionIdSchema.parse('100200300'),
  sessionUid: SessionUidSchema.parse('0123456789abcdef01234567'),
  kind: 'document',
} as const;

const depending = (http: GuardedHttpClient, rows: MediaRow[]): FetchMediaDependencies => ({
  http,
  store: { save: () => Promise.reject(new Error('there was something to store')) },
  media: { get: () => Promise.resolve(undefined), put: async (row) => void rows.push(row) },
  clock: systemClock,
  version: '0',
});

describe('the function that fetches links', () => {
  let victim: Server;
  let accepted = 0;
  beforeAll(async () => {
    victim = createServer((socket: Socket) => {
      accepted += 1;
      socket.destroy();
    });
    // Every family and every local address.
    victim.listen({ port: 0, host: '::', ipv6Only: false });
    await once(victim, 'listening');
  });
  afterAll(() => void victim.close());

  it.each(LITERALS)('never reaches %s', async (host) => {
    const rows: MediaRow[] = [];
    const http = makeGuardedHttpClient({ privateTargets: [], clock: systemClock });
    const link = `http://${host}:${(victim.address() as AddressInfo).port}/latest/meta-data/`;
    if (!URL.canParse(link)) return;
    const state = await fetchMedia(depending(http, rows), { ...task, link });
    const preview = await fetchPreview(depending(http, rows), { ...task, kind: 'preview', link });
    http.close();
    expect([state, preview]).toEqual(['failed', 'failed']);
    const error = { code: 131052, details: expect.stringMatching(/private address|ENOTFOUND/) };
    expect(rows).toMatchObject([{ error }, { error }]);
    expect(accepted).toBe(0);
  });

  it('does not go where a page says that its picture is', async () => {
    const pages = await startLinkServer();
    const { port } = victim.address() as AddressInfo;
    const head = `<title>x</title><meta property="og:image" content="http://127.0.0.2:${port}/latest/meta-data/">`;
    const link = pages.file('/p', 'text/html', Buffer.from(head));
    const http = makeGuardedHttpClient({ privateTargets: ['127.0.0.1/32'], clock: systemClock });
    const rows: MediaRow[] = [];
    expect(await fetchPreview(depending(http, rows), { ...task, kind: 'preview', link })).toBe('ready');
    expect(rows).toMatchObject([{ preview: { title: 'x' }, mimeType: '' }]);
    expect(accepted).toBe(0);
    http.close();
    await pages.close();
  });
});
