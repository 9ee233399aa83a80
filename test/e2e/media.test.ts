import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readJpeg } from '../../functions/shared/thumbnail/read-jpeg.ts';
import { writeJpeg } from '../../functions/shared/thumbnail/write-jpeg.ts';
import { type Receiver, startReceiver } from '../../local/receiver/receiver.ts';
import { SandboxClient } from '../../sandbox/control-client.ts';
import { type LinkServer, startLinkServer } from '../functions/media/link-server.ts';
import { change, isStatus, linkSession, subscribe } from '../support/journey.ts';
import { flat } from '../support/pictures.ts';
import { at, newDataFolder, type Pombo, removeDataFolder, startPombo } from '../support/pombo.ts';

const SESSION = '100200300';
const OWN = '5511911112222';
const PERSON = '5511987654321';

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');

describe('files through npm start', () => {
  let pombo: Pombo;
  let phones: SandboxClient;
  let receiver: Receiver;
  let server: LinkServer;
  let data: string;

  beforeAll(async () => {
    data = await newDataFolder();
    server = await startLinkServer();
    pombo = await startPombo({ data });
    phones = new SandboxClient(pombo.sandbox);
    receiver = await startReceiver({ port: 0, now: Date.now });
    await linkSession(pombo, phones, { session: SESSION, phone: OWN });
    await subscribe(pombo, receiver);
  }, 120_000);

  afterAll(async () => {
    expect(await pombo.stop()).toBe(0);
    await receiver.close();
    await server.close();
    await removeDataFolder(data);
  }, 60_000);

  const authorization = (): string => `Bearer ${pombo.apiKey}`;
  const send = async (type: string, content: object): Promise<string> => {
    const body = { messaging_product: 'whatsapp', to: PERSON, type, [type]: content };
    const answer = await pombo.call('POST', `/${SESSION}/messages`, body);
    expect(answer.status).toBe(200);
    return String(at(answer.body, 'messages', 0, 'id'));
  };
  const shownFile = async (wamid: string, caption: string): Promise<string> => {
    const shown = await phones.waitForMessage(PERSON, (message) => message.text === caption);
    await receiver.waitFor(isStatus(wamid, 'sent'));
    return digest(await phones.media(PERSON, shown.id));
  };
  const upload = async (bytes: Uint8Array<ArrayBuffer>, type: string): Promise<string> => {
    const form = new FormData();
    form.set('file', new File([bytes], 'foto.jpg', { type }));
    form.set('messaging_product', 'whatsapp');
    const init = { method: 'POST', headers: { authorization: authorization() }, body: form };
    return String(at(await (await fetch(`${pombo.api}/v23.0/${SESSION}/media`, init)).json(), 'id'));
  };
  /** As a client of Meta's API downloads. */
  const download = async (id: string, headers: Record<string, string>): Promise<string> => {
    const { body } = await pombo.call('GET', `/v23.0/${id}?phone_number_id=${SESSION}`);
    const file = await fetch(String(at(body, 'url')), { headers });
    return digest(new Uint8Array(await file.arrayBuffer()));
  };

  it('are uploaded, sent, downloaded and deleted', async () => {
    const bytes = randomBytes(200_000);
    const id = await upload(bytes, 'image/jpeg');
    expect(await shownFile(await send('image', { id, caption: 'enviada' }), 'enviada')).toBe(digest(bytes));
    for (const headers of [{}, { authorization: authorization() }, { authorization: 'Bearer EAAG' }]) {
      expect(await download(id, headers as Record<string, string>)).toBe(digest(bytes));
    }
    expect((await pombo.call('DELETE', `/${id}`)).body).toEqual({ success: true });
    expect((await pombo.call('GET', `/${id}`)).status).toBe(400);
  });
  it('that are pictures show something small before they are there', async () => {
    const id = await upload(new Uint8Array(writeJpeg(flat(1600, 800, [10, 200, 10]))), 'image/jpeg');
    await shownFile(await send('image', { id, caption: 'verde' }), 'verde');
    const shown = await phones.waitForMessage(PERSON, ({ text }) => text === 'verde');
    expect(shown.details).toMatchObject({ sides: [1600, 800], thumbnail: expect.stringMatching(/^\/9j\//) });
  });
  it('are put past the gateway', async () => {
    const bytes = randomBytes(12_000_000);
    const request = { messaging_product: 'whatsapp', type: 'application/pdf', file_size: bytes.length };
    const { body } = await pombo.call('POST', `/${SESSION}/media`, request);
    const headers = at(body, 'headers') as Record<string, string>;
    expect((await fetch(String(at(body, 'upload_url')), { method: 'PUT', headers, body: bytes })).status).toBe(200);
    const wamid = await send('document', { id: String(at(body, 'id')), caption: 'contrato', filename: 'a.pdf' });
    expect(await shownFile(wamid, 'contrato')).toBe(digest(bytes));
  });
  it('are fetched from links; what ends early is told', async () => {
    const bytes = randomBytes(100_000);
    const link = server.file('/x.png', 'image/png', bytes);
    expect(await shownFile(await send('image', { link, caption: 'do link' }), 'do link')).toBe(digest(bytes));
    const half = server.serve('/half.pdf', (_, response) => {
      response.writeHead(200, { 'content-type': 'application/pdf', 'content-length': '20000000' });
      response.write(randomBytes(11_000_000), () => response.destroy());
    });
    const failed = await receiver.waitFor(isStatus(await send('document', { link: half }), 'failed'));
    expect(change(failed)).toMatchObject({ statuses: [{ errors: [{ code: 131052 }] }] });
  });
  it('are pages too, which a text shows with their title and picture', async () => {
    const picture = writeJpeg(flat(1200, 630, [200, 30, 60]));
    server.file('/capa.jpg', 'image/jpeg', picture);
    const head =
      '<title>x</title><meta property="og:title" content="Pombos &amp; cia"><meta property="og:image" content="/capa.jpg">';
    const page = server.file('/artigo', 'text/html; charset=utf-8', Buffer.from(`<html><head>${head}</head>`));
    const wamid = await send('text', { body: `Leia: ${page}.`, preview_url: true });
    await receiver.waitFor(isStatus(wamid, 'sent'));
    const shown = await phones.waitForMessage(PERSON, ({ text }) => text === `Leia: ${page}.`);
    expect(shown.details?.preview).toMatchObject({ url: page, title: 'Pombos & cia' });
    const thumbnail = readJpeg(Buffer.from(shown.details?.preview?.thumbnail ?? '', 'base64'));
    expect([thumbnail.width, thumbnail.height]).toEqual([19, 10]);
    server.takeAsked();
    await receiver.waitFor(isStatus(await send('text', { body: `Sem: ${page}?y` }), 'sent'));
    expect(server.takeAsked()).toEqual([]);
  });
  it('arrive, and can be fetched when their webhook is there', async () => {
    const bytes = randomBytes(7_000_000);
    await phones.picture(PERSON, OWN, bytes, 'recebida');
    const arrival = await receiver.waitFor(
      (each) => at(change(each), 'messages', 0, 'image', 'caption') === 'recebida',
    );
    const image = at(change(arrival), 'messages', 0, 'image');
    expect(image).toMatchObject({ mime_type: 'image/jpeg', sha256: digest(bytes) });
    expect(await download(String(at(image, 'id')), { authorization: authorization() })).toBe(digest(bytes));
    expect((await pombo.call('DELETE', `/${String(at(image, 'id'))}`)).status).toBe(200);
  });
  it('go with their number', async () => {
    const sent = await upload(randomBytes(5000), 'image/jpeg');
    await phones.picture(PERSON, OWN, randomBytes(5000), 'a última');
    const arrival = await receiver.waitFor(
      (each) => at(change(each), 'messages', 0, 'image', 'caption') === 'a última',
    );
    const received = String(at(change(arrival), 'messages', 0, 'image', 'id'));
    const inS3 = await Promise.all(
      [sent, received].map(async (id) => {
        const { body } = await pombo.call('GET', `/v23.0/${id}`);
        return (await fetch(String(at(body, 'url')), { redirect: 'manual' })).headers.get('location') ?? '';
      }),
    );
    for (const address of inS3) expect((await fetch(address)).status).toBe(200);
    expect((await pombo.call('DELETE', `/sessions/${SESSION}`)).status).toBe(200);
    for (const address of inS3) {
      const until = Date.now() + 30_000;
      let status = 200;
      while (status === 200 && Date.now() < until) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        ({ status } = await fetch(address));
      }
      // What S3 says of a file that is not there to whoever may not list them.
      expect(status).toBe(403);
    }
  });
});
