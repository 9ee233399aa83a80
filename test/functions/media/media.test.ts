import { createHash, randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeMediaRepository } from '#core/adapters/dynamodb/media-repository.ts';
import { MediaResponseSchema, PresignedUploadResponseSchema } from '#core/contracts/api/media.ts';
import { systemClock } from '#core/domain/clock.ts';
import { MediaIdSchema } from '#core/domain/ids.ts';
import { type ApiTestBed, startApi } from '../support/api-test-bed.ts';
import { formOf } from './media-form.ts';

const PICTURE = randomBytes(70_000);
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');
const picture = (): File => new File([PICTURE], 'praça "1".jpg', { type: 'image/jpeg' });

describe('media', () => {
  let api: ApiTestBed;
  let session: string;
  beforeAll(async () => {
    api = await startApi();
  }, 60_000);
  afterAll(() => api.aws.stop());
  beforeEach(async () => {
    await api.reset();
    session = await api.newSession({ status: 'open' });
  });
  afterEach(() => vi.useRealTimers());

  const upload = async (fields: Record<string, string | File>, query = ''): Promise<string> => {
    const answer = await api.call(`POST /v23.0/${session}/media${query}`, await formOf(fields));
    expect(answer).toMatchObject({ status: 200, json: { id: expect.stringMatching(/^\d{20}$/) } });
    return answer.text('id');
  };
  const uploadPicture = (): Promise<string> => upload({ messaging_product: 'whatsapp', file: picture() });
  const look = async (id: string, query = '') => MediaResponseSchema.parse((await api.call(`GET /${id}${query}`)).json);
  const pathOf = (url: string): string => new URL(url).pathname;

  describe('POST /{phone_number_id}/media', () => {
    it('takes the file and says what it is; its address gives it back byte for byte', async () => {
      const id = await upload({ messaging_product: 'whatsapp', type: 'image/jpeg', file: picture() });
      const file = await look(id, `?phone_number_id=${session}`);
      expect(file).toEqual({
        messaging_product: 'whatsapp',
        url: expect.stringMatching(/^https:\/\/localhost\/media\/[\w.-]+$/),
        mime_type: 'image/jpeg',
        sha256: digest(PICTURE),
        file_size: '70000',
        id,
      });
      for (const headers of [undefined, { authorization: 'Bearer EAAGm0PX4ZCpsBAKZC' }]) {
        const { status, headers: answer } = await api.callWithoutKey(`GET ${pathOf(file.url)}`, headers && { headers });
        expect(status).toBe(302);
        const fetched = await fetch(answer['location'] ?? '');
        expect(fetched.headers.get('content-type')).toBe('image/jpeg');
        expect(fetched.headers.get('content-disposition')).toBe(
          "attachment; filename*=UTF-8''pra%C3%A7a%20%221%22.jpg",
        );
        expect(digest(new Uint8Array(await fetched.arrayBuffer()))).toBe(digest(PICTURE));
      }
    });
    it('answers HEAD with an address for HEAD', async () => {
      const { url } = await look(await uploadPicture());
      const { status, headers } = await api.callWithoutKey(`HEAD ${pathOf(url)}`);
      expect(status).toBe(302);
      const head = await fetch(headers['location'] ?? '', { method: 'HEAD' });
      expect([head.status, head.headers.get('content-length')]).toEqual([200, '70000']);
    });
    it.each([
      ['in the query, and no type', { file: picture() }, '?messaging_product=whatsapp'],
      ['in the form', { file: picture(), messaging_product: 'whatsapp', type: 'image/jpeg' }, ''],
      ['and fields that nobody knows', { file: picture(), messaging_product: 'whatsapp', foo: 'bar' }, '?x=1'],
    ])('takes messaging_product %s', async (_, fields, query) => {
      expect((await look(await upload(fields, query))).mime_type).toBe('image/jpeg');
    });
    it('keeps the parameters of a type', async () => {
      const file = new File(['voz'], 'v.ogg', { type: 'audio/ogg; codecs=opus' });
      expect((await look(await upload({ messaging_product: 'whatsapp', file }))).mime_type).toBe(
        'audio/ogg; codecs=opus',
      );
    });
    const pdf = new File(['%PDF'], 'a.pdf', { type: 'application/pdf' });
    it.each([
      ['no messaging_product', { file: pdf }, 100, 'messaging_product: is required'],
      ['another product', { file: pdf, messaging_product: 'telegram' }, 100, 'messaging_product: must be whatsapp'],
      ['no file', { messaging_product: 'whatsapp' }, 100, 'file: is required'],
      ['an empty file', { messaging_product: 'whatsapp', file: new File([], 'a.pdf') }, 131053, 'file: is empty'],
      ['a type that is none', { messaging_product: 'whatsapp', type: 'pdf', file: pdf }, 100, 'mime type'],
    ])('refuses %s', async (_, fields, code, details) => {
      const error = (await api.call(`POST /${session}/media`, await formOf(fields))).error();
      expect(error).toMatchObject({ code, error_data: { details: expect.stringContaining(details) } });
    });
    it('refuses a form that is cut off, and one of another boundary', async () => {
      const form = await formOf({ messaging_product: 'whatsapp', file: pdf });
      const cut = Buffer.from(form.body, 'base64').subarray(0, -10).toString('base64');
      expect((await api.call(`POST /${session}/media`, { ...form, body: cut })).error().code).toBe(100);
      const headers = { 'content-type': 'multipart/form-data; boundary=other' };
      expect((await api.call(`POST /${session}/media`, { ...form, headers })).error().code).toBe(100);
    });
    it('refuses more than 4 MB and names the two ways that are left', async () => {
      const file = new File([new Uint8Array(4 * 1024 * 1024 + 1)], 'big.pdf', { type: 'application/pdf' });
      const answer = await api.call(`POST /${session}/media`, await formOf({ messaging_product: 'whatsapp', file }));
      expect(answer.status).toBe(413);
      expect(answer.error()).toMatchObject({
        code: 131053,
        error_data: { details: expect.stringMatching(/link.*upload_url/) },
      });
      const fits = new File([new Uint8Array(4 * 1024 * 1024)], 'big.pdf', { type: 'application/pdf' });
      await upload({ messaging_product: 'whatsapp', file: fits });
    });
    it('is closed to a number of another account', async () => {
      const form = await formOf({ messaging_product: 'whatsapp', file: pdf });
      const { status, error } = await api.call(`POST /${session}/media`, { ...form, key: api.otherKey });
      expect([status, error().code, error().error_subcode]).toEqual([400, 100, 33]);
    });
  });

  describe('an upload past the gateway', () => {
    const big = randomBytes(9_000_000);
    const announce = async (more: object = {}) => {
      const body = { messaging_product: 'whatsapp', type: 'application/pdf', file_size: big.length, ...more };
      return PresignedUploadResponseSchema.parse((await api.call(`POST /${session}/media`, { body })).json);
    };

    it('is ready as soon as the file was put', async () => {
      const { id, upload_url, headers } = await announce({ filename: 'contrato.pdf' });
      const early = await api.call(`GET /${id}`);
      expect(early.error()).toMatchObject({ code: 131052, is_transient: true });
      expect((await fetch(upload_url, { method: 'PUT', headers, body: big })).status).toBe(200);
      const file = await look(id);
      expect(file).toMatchObject({ mime_type: 'application/pdf', sha256: digest(big), file_size: '9000000' });
      const { headers: answer } = await api.callWithoutKey(`GET ${pathOf(file.url)}`);
      const fetched = await fetch(answer['location'] ?? '');
      expect(digest(new Uint8Array(await fetched.arrayBuffer()))).toBe(digest(big));
    });
    it('is refused by S3 for any other size or type', async () => {
      const { upload_url, headers } = await announce();
      const other = await fetch(upload_url, { method: 'PUT', headers, body: big.subarray(1) });
      expect(other.status).toBe(403);
      const typed = await fetch(upload_url, { method: 'PUT', headers: { 'content-type': 'text/html' }, body: big });
      expect(typed.status).toBe(403);
    });
    it('is refused by S3 for another file than that of the checksum', async () => {
      const { id, upload_url, headers } = await announce({ sha256: digest(big) });
      const changed = Buffer.from(big);
      changed[0] = (changed[0] ?? 0) ^ 1;
      expect((await fetch(upload_url, { method: 'PUT', headers, body: changed })).status).toBe(400);
      expect((await fetch(upload_url, { method: 'PUT', headers, body: big })).status).toBe(200);
      expect((await look(id)).sha256).toBe(digest(big));
    });
    it.each([
      [{ file_size: 100 * 1024 * 1024 + 1 }, 'file_size: must be at most 104857600'],
      [{ file_size: undefined }, 'file_size: is required'],
      [{ file_size: 0 }, 'file_size: must be at least 1'],
      [{ type: undefined }, 'type: is required'],
      [{ sha256: 'abc' }, 'sha256: must be a SHA-256 digest'],
      [{ messaging_product: undefined }, 'messaging_product: is required'],
    ])('refuses %j', async (more, details) => {
      const body = { messaging_product: 'whatsapp', type: 'application/pdf', file_size: 9, ...more };
      const error = (await api.call(`POST /${session}/media`, { body })).error();
      expect(error.error_data.details).toContain(details);
    });
  });

  describe('the address of a file', () => {
    const open = (url: string) => api.callWithoutKey(`GET ${pathOf(url)}`);

    it('is over after five minutes', async () => {
      const { url } = await look(await uploadPicture());
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 299_000 });
      expect((await open(url)).status).toBe(302);
      vi.setSystemTime(Date.now() + 2000);
      const { status, error } = await open(url);
      expect([status, error().code]).toEqual([404, 2500]);
    });
    it('is over when the file is deleted', async () => {
      const id = await uploadPicture();
      const { url } = await look(id);
      expect((await api.call(`DELETE /${id}`)).json).toEqual({ success: true });
      expect((await open(url)).status).toBe(404);
      expect((await api.call(`GET /${id}`)).error()).toMatchObject({ code: 100, error_subcode: 33 });
      expect((await api.call(`DELETE /${id}`)).error()).toMatchObject({ code: 100, error_subcode: 33 });
    });
    it('can not be made for another file, another time or another key', async () => {
      const { url } = await look(await uploadPicture());
      const { url: other } = await look(await uploadPicture());
      const [id = '', expires = '', mac = ''] = pathOf(url).replace('/media/', '').split('.');
      const [otherId = ''] = pathOf(other).replace('/media/', '').split('.');
      const forged = [
        `${otherId}.${expires}.${mac}`,
        `${id}.${Number(expires) + 60}.${mac}`,
        `${id}.${Number(expires) + 86_400}.${mac}`,
        `${id}.${expires}.${mac.replace(/^./, (c) => (c === 'A' ? 'B' : 'A'))}`,
        `${id}.${expires}.`,
        `${id}.${expires}`,
        id,
        '',
      ];
      for (const token of forged) {
        const answer = await api.callWithoutKey(`GET /media/${token}`);
        expect([token, answer.status]).toEqual([token, 404]);
        if (token) expect(answer.body).not.toContain(token);
      }
    });
    it('takes no other method', async () => {
      const { url } = await look(await uploadPicture());
      const answer = await api.callWithoutKey(`DELETE ${pathOf(url)}`);
      expect([answer.status, answer.headers['allow']]).toEqual([405, 'GET, HEAD']);
    });
  });

  describe('a file of somebody else', () => {
    const refused = { code: 100, error_subcode: 33 };

    it('looks like none, to another account', async () => {
      const id = await uploadPicture();
      const key = api.otherKey;
      const there = await api.call(`GET /${id}`, { key });
      const nowhere = await api.call('GET /98765432109876543210', { key });
      expect([there.status, nowhere.status]).toEqual([400, 400]);
      expect(there.error()).toMatchObject(refused);
      const shape = (text: string): string => text.replaceAll(/\d{20}|"fbtrace_id":"[^"]*"/g, '');
      expect(shape(there.body)).toBe(shape(nowhere.body));
      expect((await api.call(`DELETE /${id}`, { key })).error()).toMatchObject(refused);
      expect((await api.call(`GET /${id}`)).status).toBe(200);
    });
    it('looks like none, to another number of the account', async () => {
      const id = await uploadPicture();
      const other = await api.newSession({ status: 'open' });
      const answer = await api.call(`GET /${id}?phone_number_id=${other}`);
      expect([answer.status, answer.error()]).toMatchObject([400, refused]);
    });
    it('is not inherited with a number that is made anew', async () => {
      const id = await uploadPicture();
      expect((await api.call(`DELETE /sessions/${session}`)).status).toBeLessThan(300);
      expect((await api.call('POST /sessions', { body: { id: session } })).status).toBeLessThan(500);
      expect((await api.call(`GET /${id}`)).error()).toMatchObject(refused);
    });
  });

  it('that was received and would not come is asked for once more, by whoever wants it, with a rest between', async () => {
    const media = makeMediaRepository({ dynamo: api.aws.documents, tableName: 'media', clock: systemClock });
    const uploaded = await media.get(MediaIdSchema.parse(await uploadPicture()));
    const error = { code: 131052, details: 'The phone has not got it.' };
    const failed = { source: 'received', state: 'failed', message: 'in#A#b', error } as const;
    const row = { ...uploaded!, ...failed, sinceMs: Date.now() - 400_000 };
    await media.put(row);
    await api.aws.takeOutbound();
    const path = `GET /${row.mediaId}`;
    expect((await api.call(path)).error()).toMatchObject({ code: 131052, is_transient: true });
    expect((await api.call(path)).error()).toMatchObject({ code: 131052, is_transient: true });
    expect(await api.aws.takeOutbound()).toMatchObject([
      { type: 'media.ask', mediaId: row.mediaId, message: 'in#A#b', sessionUid: row.sessionUid },
    ]);
    expect(await media.get(row.mediaId)).toMatchObject({ state: 'arriving' });
    await media.put({ ...row, sinceMs: Date.now() - 200_000 });
    expect((await api.call(path)).error()).toMatchObject({
      code: 131052,
      is_transient: false,
      error_data: { details: error.details },
    });
    expect(await api.aws.takeOutbound()).toEqual([]);
  });

  it('forgets a file whose time is over before DynamoDB does', async () => {
    const id = MediaIdSchema.parse(await uploadPicture());
    const media = makeMediaRepository({ dynamo: api.aws.documents, tableName: 'media', clock: systemClock });
    const row = await media.get(id);
    expect(Math.round(((row?.expiresAt ?? 0) - Date.now() / 1000) / 86_400)).toBe(30);
    if (row) await media.put({ ...row, expiresAt: Math.floor(Date.now() / 1000) - 1 });
    expect((await api.call(`GET /${id}`)).error()).toMatchObject({ code: 100, error_subcode: 33 });
  });
});
