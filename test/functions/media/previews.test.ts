import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeS3Client } from '#core/adapters/clients/s3-client.ts';
import { makeMediaRepository } from '#core/adapters/dynamodb/media-repository.ts';
import { makeMediaStore } from '#core/adapters/media-store.ts';
import type { MediaRow } from '#core/contracts/rows/media-row.ts';
import { systemClock } from '#core/domain/clock.ts';
import { MediaIdSchema } from '#core/domain/ids.ts';
import { mediaObjectKey } from '#core/domain/media-object.ts';
import { readJpeg } from '../../../functions/shared/thumbnail/read-jpeg.ts';
import { writeJpeg } from '../../../functions/shared/thumbnail/write-jpeg.ts';
import { flat } from '../../support/pictures.ts';
import { at } from '../../support/pombo.ts';
import { type ApiTestBed, startApi } from '../support/api-test-bed.ts';
import { BUCKET } from '../support/aws-test-bed.ts';
import { type LinkServer, startLinkServer } from './link-server.ts';

const COVER = writeJpeg(flat(1600, 800, [200, 30, 60]));

describe('previews of pages that texts name', () => {
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

  const page = (path: string, head: string, type = 'text/html'): string =>
    server.file(path, type, Buffer.from(`<html><head>${head}</head><body>`));
  const send = (text: object) =>
    api.call(`POST /${session}/messages`, {
      body: { messaging_product: 'whatsapp', to: '5511987654321', type: 'text', text },
    });
  /** The preview of the one command that is queued. */
  const queued = async () => at((await api.aws.takeOutbound())[0], 'content', 'text', 'preview');
  const media = () => makeMediaRepository({ dynamo: api.aws.documents, tableName: 'media', clock: systemClock });
  /** Sends it, runs what that has started. @returns the row of the preview */
  const previewed = async (url: string): Promise<MediaRow | undefined> => {
    expect((await send({ body: `Leia: ${url}.`, preview_url: true })).status).toBe(200);
    const preview = await queued();
    expect(preview).toMatchObject({ url });
    const id = MediaIdSchema.parse(at(preview, 'mediaId'));
    expect(await media().get(id)).toMatchObject({ state: 'arriving' });
    const { handler } = await import('../../../functions/fetch-media/handler.ts');
    for (const event of api.aws.takeStarted()) await handler(event);
    return media().get(id);
  };
  const stored = async (row: MediaRow): Promise<Buffer> => {
    const store = makeMediaStore({ s3: makeS3Client(), bucketName: BUCKET });
    return buffer(await store.open(mediaObjectKey(row)));
  };

  it('are title, description and a small picture', async () => {
    server.file('/fotos/capa.jpg', 'image/jpeg', COVER);
    const head = `<meta property="og:title" content="Flores"><meta property="og:description" content="De todas as cores">
      <meta property="og:image" content="capa.jpg">`;
    const row = await previewed(page('/fotos/p', head));
    expect(row).toMatchObject({
      state: 'ready',
      source: 'link',
      mimeType: 'image/jpeg',
      preview: { title: 'Flores', description: 'De todas as cores' },
    });
    const { width, height } = readJpeg(await stored(row!));
    expect([width, height]).toEqual([24, 12]);
    expect((await stored(row!)).length).toBe(row?.sizeBytes);
  });

  it('are there without a picture that can not be had', async () => {
    const image = (url: string) => `<title>Sem foto</title><meta property="og:image" content="${url}">`;
    const large = server.file('/large.jpg', 'image/jpeg', Buffer.concat([COVER, Buffer.alloc(1_100_000)]));
    const moved = server.serve('/moved.jpg', (_, response) => response.writeHead(302, { location: '/x' }).end());
    const addresses = [
      '',
      '/nowhere.jpg',
      large,
      moved,
      'data:image/png;base64,AAAA',
      'http://[',
      'http://127.0.0.1:1/x',
    ];
    for (const [index, address] of addresses.entries()) {
      const row = await previewed(page(`/p${index}`, image(address)));
      expect(row).toMatchObject({ state: 'ready', preview: { title: 'Sem foto' } });
      expect(row).not.toHaveProperty('sizeBytes');
    }
  });

  it('fail for what is no page, has no title, or answers otherwise', async () => {
    const cases = [
      server.file('/a.pdf', 'application/pdf', Buffer.from('x')),
      page('/untitled', '<meta name="viewport" content="x">'),
      server.serve('/redirect', (_, response) => response.writeHead(301, { location: '/x' }).end()),
      server.serve('/forbidden', (_, response) => response.writeHead(403).end()),
      'http://127.0.0.1:1/x',
      'https://nowhere.invalid/x',
    ];
    for (const url of cases) expect([url, (await previewed(url))?.state]).toEqual([url, 'failed']);
  });

  it('take only the beginning of a page, however long it is', async () => {
    const endless = server.serve('/endless', (_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.write('<title>Longa</title><p>');
      const more = (): void => void (response.destroyed || response.write('x'.repeat(100_000), more));
      more();
    });
    expect(await previewed(endless)).toMatchObject({ state: 'ready', preview: { title: 'Longa' } });
  });

  it('are looked for once in ten minutes, also when there is none', async () => {
    const url = server.serve('/none', (_, response) => response.writeHead(500).end());
    const row = await previewed(url);
    expect(row?.state).toBe('failed');
    await send({ body: url, preview_url: true });
    expect(await queued()).toMatchObject({ mediaId: row?.mediaId });
    expect(api.aws.takeStarted()).toEqual([]);
  });

  it('are not looked for unless preview_url says so, nor for a message that is refused', async () => {
    const url = page('/p', '<title>x</title>');
    for (const text of [{ body: url }, { body: url, preview_url: false }, { body: 'sem link', preview_url: true }]) {
      expect((await send(text)).status).toBe(200);
      expect(await queued()).toBeUndefined();
    }
    expect((await send({ body: `${url}${' x'.repeat(3000)}`, preview_url: true })).status).toBe(400);
    expect([api.aws.takeStarted(), server.takeAsked()]).toEqual([[], []]);
  });

  it('never make a message fail: it is queued when nobody can look', async () => {
    api.aws.setLambdaDown(true);
    expect((await send({ body: 'http://example.com/x', preview_url: true })).status).toBe(200);
    api.aws.setLambdaDown(false);
    const preview = await queued();
    expect(await media().get(MediaIdSchema.parse(at(preview, 'mediaId')))).toBeUndefined();
  });
});
