import { createHash, randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeMediaRepository } from '#core/adapters/dynamodb/media-repository.ts';
import { FetchMediaTaskSchema } from '#core/contracts/fetch-media-task.ts';
import type { MediaRow } from '#core/contracts/rows/media-row.ts';
import { systemClock } from '#core/domain/clock.ts';
import { MediaIdSchema } from '#core/domain/ids.ts';
import { readJpeg } from '../../../functions/shared/thumbnail/read-jpeg.ts';
import { writeJpeg } from '../../../functions/shared/thumbnail/write-jpeg.ts';
import { flat } from '../../support/pictures.ts';
import { at } from '../../support/pombo.ts';
import { type ApiTestBed, startApi } from '../support/api-test-bed.ts';
import { type LinkServer, startLinkServer } from './link-server.ts';
import { formOf } from './media-form.ts';

const PICTURE = randomBytes(6_000_000);
const SMALL = randomBytes(1000);
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');

/** The function that fetches, as Lambda would run what the API has started. */
const runStarted = async (api: ApiTestBed): Promise<number> => {
  const { handler } = await import('../../../functions/fetch-media/handler.ts');
  const started = api.aws.takeStarted();
  for (const event of started) await handler(event);
  return started.length;
};

const to = { messaging_product: 'whatsapp', to: '5511987654321' };

describe('files of messages', () => {
  let api: ApiTestBed;
  let server: LinkServer;
  let session: string;
  beforeAll(async () => {
    server = await startLinkServer();
    api = await startApi({ privateTargets: '127.0.0.0/8' });
  }, 60_000);
  afterAll(async () => {
    await api.aws.stop();
    await server.close();
  });
  beforeEach(async () => {
    await api.reset();
    api.aws.takeStarted();
    server.takeAsked();
    session = await api.newSession({ status: 'open' });
  });
  afterEach(() => vi.useRealTimers());

  const send = (message: object) => api.call(`POST /${session}/messages`, { body: { ...to, ...message } });
  /** Id of the file in the one command that is queued. */
  const queuedMedia = async () => {
    const [command] = await api.aws.takeOutbound();
    return MediaIdSchema.parse(at(command, 'content', 'media', 'mediaId'));
  };
  const rowOf = async (id: string): Promise<MediaRow | undefined> =>
    makeMediaRepository({ dynamo: api.aws.documents, tableName: 'media', clock: systemClock }).get(
      MediaIdSchema.parse(id),
    );
  /** Sends it, runs what that has started. @returns the row of the file */
  const fetched = async (kind: string, link: string): Promise<MediaRow | undefined> => {
    expect((await send({ type: kind, [kind]: { link } })).status).toBe(200);
    const id = await queuedMedia();
    expect(await rowOf(id)).toMatchObject({ state: 'arriving', source: 'link' });
    expect(await runStarted(api)).toBe(1);
    return rowOf(id);
  };

  describe('by id', () => {
    const upload = async (name: string, type: string, bytes: Uint8Array): Promise<string> => {
      const file = new File([new Uint8Array(bytes)], name, { type });
      const form = await formOf({ messaging_product: 'whatsapp', file });
      return (await api.call(`POST /${session}/media`, form)).text('id');
    };

    it('are in the command', async () => {
      const id = await upload('a.jpg', 'image/jpeg', SMALL);
      expect((await send({ type: 'image', image: { id, caption: 'oi' } })).status).toBe(200);
      expect(await queuedMedia()).toBe(id);
      expect(api.aws.takeStarted()).toEqual([]);
    });
    it('have to go with the kind', async () => {
      const pdf = await upload('a.pdf', 'application/pdf', SMALL);
      const big = await upload('a.webp', 'image/webp', randomBytes(600_000));
      const wrong = await send({ type: 'image', image: { id: pdf } });
      expect(wrong.error()).toMatchObject({
        code: 131053,
        error_data: { details: expect.stringMatching(/^image\.id: application\/pdf .*image\/jpeg, image\/png/) },
      });
      const heavy = await send({ type: 'sticker', sticker: { id: big } });
      expect(heavy.error()).toMatchObject({
        code: 131053,
        error_data: { details: expect.stringMatching(/^sticker\.id: .*600000 bytes.*512000/) },
      });
      expect((await send({ type: 'document', document: { id: big } })).status).toBe(200);
    });
    it('have to be there, and of this number', async () => {
      const id = await upload('a.jpg', 'image/jpeg', SMALL);
      for (const wrong of ['98765432109876543210', 'abc']) {
        const refusal = await send({ type: 'image', image: { id: wrong } });
        expect(refusal.error()).toMatchObject({
          code: 100,
          error_data: { details: expect.stringContaining('image.id') },
        });
      }
      const other = await api.newSession({ status: 'open' });
      const body = { ...to, type: 'image', image: { id } };
      expect((await api.call(`POST /${other}/messages`, { body })).error().code).toBe(100);
      const request = { messaging_product: 'whatsapp', type: 'image/jpeg', file_size: 5 };
      const announced = (await api.call(`POST /${session}/media`, { body: request })).text('id');
      expect((await send({ type: 'image', image: { id: announced } })).error()).toMatchObject({
        code: 131052,
        is_transient: true,
      });
      expect(await api.aws.takeOutbound()).toEqual([]);
    });
  });

  describe('by link', () => {
    it('are fetched into S3, while the message is queued at once', async () => {
      const link = server.file('/fotos/pra%C3%A7a.jpg?x=1', 'image/jpeg', SMALL);
      expect(await fetched('image', link)).toMatchObject({
        state: 'ready',
        mimeType: 'image/jpeg',
        sizeBytes: 1000,
        sha256: digest(SMALL),
        fileName: 'praça.jpg',
        kind: 'image',
      });
    });
    it('that are pictures have a thumbnail, others have none', async () => {
      const file = writeJpeg(flat(1600, 800, [10, 200, 10]));
      const row = await fetched('image', server.file('/verde.jpg', 'image/jpeg', file));
      expect(row).toMatchObject({ state: 'ready', sizeBytes: file.length });
      const { width, height } = readJpeg(Buffer.from(row?.thumbnail ?? '', 'base64'));
      expect([width, height]).toEqual([9, 5]);
      expect(await fetched('document', server.file('/v', 'image/jpeg', file))).not.toHaveProperty('thumbnail');
    });
    it('are fetched in parts when they are large, under the name that the server says', async () => {
      const link = server.serve('/d', (_, response) => {
        response.setHeader('content-disposition', `attachment; filename="../x/relat\u00f3rio.pdf"`);
        response.writeHead(200, { 'content-type': 'application/pdf' });
        response.write(PICTURE.subarray(0, 100));
        response.end(PICTURE.subarray(100));
      });
      expect(await fetched('document', link)).toMatchObject({
        state: 'ready',
        sizeBytes: PICTURE.length,
        sha256: digest(PICTURE),
        fileName: 'relatório.pdf',
      });
    });
    it('are fetched once for ten minutes', async () => {
      vi.useFakeTimers({ toFake: ['Date'], now: Math.ceil(Date.now() / 600_000) * 600_000 });
      const link = server.file('/campaign.jpg', 'image/jpeg', SMALL);
      const { mediaId } = (await fetched('image', link)) ?? {};
      await send({ type: 'image', image: { link } });
      expect(await queuedMedia()).toBe(mediaId);
      expect([await runStarted(api), server.takeAsked()]).toEqual([0, ['/campaign.jpg']]);
      vi.setSystemTime(Date.now() + 600_000);
      await send({ type: 'image', image: { link } });
      expect(await queuedMedia()).not.toBe(mediaId);
      expect(await runStarted(api)).toBe(1);
    });
    it('are fetched anew after a failure, and when a fetch got lost', async () => {
      const start = Math.ceil(Date.now() / 600_000) * 600_000;
      vi.useFakeTimers({ toFake: ['Date'], now: start });
      const link = server.serve('/later.jpg', (_, response) => response.writeHead(500).end());
      expect(await fetched('image', link)).toMatchObject({ state: 'failed' });
      server.file('/later.jpg', 'image/jpeg', SMALL);
      expect(await fetched('image', link)).toMatchObject({ state: 'ready' });
      const lost = server.file('/lost.jpg', 'image/jpeg', SMALL);
      await send({ type: 'image', image: { link: lost } });
      expect(api.aws.takeStarted()).toHaveLength(1);
      await send({ type: 'image', image: { link: lost } });
      expect(api.aws.takeStarted()).toHaveLength(0);
      vi.setSystemTime(start + 60_000);
      await send({ type: 'image', image: { link: lost } });
      expect(api.aws.takeStarted()).toHaveLength(1);
    });
    it('leave nothing behind when the fetch can not be started', async () => {
      const link = server.file('/busy.jpg', 'image/jpeg', SMALL);
      api.aws.setLambdaDown(true);
      expect((await send({ type: 'image', image: { link } })).error().is_transient).toBe(true);
      expect(await api.aws.takeOutbound()).toEqual([]);
      api.aws.setLambdaDown(false);
      expect(await fetched('image', link)).toMatchObject({ state: 'ready' });
    });
    it('are not fetched for a message that is refused', async () => {
      const link = server.file('/refused.jpg', 'image/jpeg', SMALL);
      expect((await send({ type: 'image', image: { link, caption: 'x'.repeat(1025) } })).status).toBe(400);
      expect(api.aws.takeStarted()).toEqual([]);
    });
    it('say what is wrong with them', async () => {
      const pdf = (path: string, type = 'application/pdf') => server.file(path, type, SMALL);
      const cases: readonly (readonly [kind: string, link: string, code: number, details: RegExp])[] = [
        ['image', pdf('/1'), 131053, /application\/pdf can't be sent as image/],
        ['document', server.serve('/2', (_, r) => r.writeHead(302, { location: pdf('/1') }).end()), 131052, /redirect/],
        ['document', server.serve('/3', (_, r) => r.writeHead(403).end()), 131052, /status 403/],
        ['document', server.serve('/4', (_, r) => r.writeHead(200).end(SMALL)), 131053, /Content-Type/],
        ['document', server.file('/5', 'application/pdf', Buffer.alloc(0)), 131052, /empty/],
        ['sticker', server.file('/6', 'image/webp', randomBytes(600_000)), 131053, /more than 512000 bytes/],
        ['document', 'http://127.0.0.1:1/x', 131052, /could not be fetched/],
        ['document', 'https://nowhere.invalid/x', 131052, /could not be fetched/],
        [
          'image',
          server.serve('/7', (_, response) => {
            response.writeHead(200, { 'content-type': 'image/jpeg' });
            // Without a length, and without an end.
            const more = (): void => void (response.destroyed || response.write(PICTURE.subarray(0, 500_000), more));
            more();
          }),
          131053,
          /more than 5242880 bytes/,
        ],
        [
          'document',
          server.serve('/8', (_, response) => {
            response.writeHead(200, { 'content-type': 'application/pdf', 'content-length': '20000000' });
            response.write(PICTURE, () => response.destroy());
          }),
          131052,
          /ended early|could not be fetched/,
        ],
      ];
      for (const [kind, link, code, details] of cases) {
        const row = await fetched(kind, link);
        expect([link, row?.state, row?.error]).toMatchObject([
          link,
          'failed',
          { code, details: expect.stringMatching(details) },
        ]);
      }
    });
    it.each([
      ['ftp://example.com/a.jpg', 'must begin with https:// or http://'],
      ['file:///etc/passwd', 'must begin with https:// or http://'],
      ['nonsense', 'must be a URL'],
      ['https://user:pass@example.com/a.jpg', 'user name'],
      [`https://example.com/${'a'.repeat(2048)}`, '2048'],
    ])('have to be addresses: %s', async (link, details) => {
      const error = (await send({ type: 'image', image: { link } })).error();
      expect(error.code).toBe(131009);
      expect(error.error_data.details).toContain(details);
    });
  });

  it('are known to the fetch by a task that says whose they are', async () => {
    const link = server.file('/task.jpg', 'image/jpeg', SMALL);
    await send({ type: 'image', image: { link } });
    const [task] = api.aws.takeStarted();
    expect(FetchMediaTaskSchema.parse(task)).toMatchObject({ sessionId: session, kind: 'image', link });
  });
});
