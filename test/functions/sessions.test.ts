import { PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { at } from '../support/pombo.ts';
import { type ApiTestBed, startApi } from './support/api-test-bed.ts';

describe('the sessions function', () => {
  let api: ApiTestBed;
  beforeAll(async () => {
    api = await startApi();
  }, 60_000);
  afterAll(() => api.aws.stop());
  beforeEach(() => api.reset());

  const nextCommand = async (): Promise<unknown[]> => {
    for (;;) {
      const found = await api.aws.takeOutbound();
      if (found.length > 0) return found;
    }
  };
  const listed = async (path: string): Promise<unknown> => at((await api.call(`GET ${path}`)).json, 'data');

  describe('POST /sessions', () => {
    it('stores a session and starts its pairing', async () => {
      const { status, json, headers } = await api.call('POST /sessions', { body: { id: '100200300', name: 'Loja' } });
      expect(status).toBe(201);
      expect(headers['location']).toBe('/sessions/100200300');
      expect(json).toMatchObject({
        id: '100200300',
        name: 'Loja',
        status: 'created',
        phone_number: null,
        reason: null,
      });
      expect(await api.aws.takeOutbound()).toMatchObject([
        { type: 'session.start', version: 1, sessionId: '100200300' },
      ]);
    });
    it('wakes the owner of its shard by a mark on the lease', async () => {
      const total = async (): Promise<number> =>
        (await api.aws.documents.send(new ScanCommand({ TableName: 'tasks' }))).Items?.reduce<number>(
          (sum, { taskId, wanted }) => sum + (/^lease#\d+$/.test(String(taskId)) ? Number(wanted) : 0),
          0,
        ) ?? 0;
      const before = await total();
      await api.newSession();
      await api.newSession();
      expect(await total()).toBe(before + 2);
    });
    it('chooses an id when none is given, also without any body', async () => {
      const { status, text } = await api.call('POST /sessions');
      expect(status).toBe(201);
      expect(text('id')).toMatch(/^[1-9]\d{14}$/);
    });
    it('refuses an id that is taken, and enqueues nothing', async () => {
      const id = await api.newSession();
      const { status, error } = await api.call('POST /sessions', { body: { id }, key: api.otherKey });
      expect(status).toBe(409);
      expect(error().error_data.details).toContain('taken');
      expect(await api.aws.takeOutbound()).toEqual([]);
    });
    it.each([
      ['letters', { id: 'loja' }],
      ['a number instead of a text', { id: 100200300 }],
      ['too few digits', { id: '1234' }],
      ['an empty name', { name: '' }],
      ['a long name', { name: 'x'.repeat(101) }],
      ['a list', []],
    ])('refuses %s', async (_, body) => {
      const { status, error } = await api.call('POST /sessions', { body });
      expect({ status, code: error().code }).toEqual({ status: 400, code: 100 });
      expect(await api.aws.takeOutbound()).toEqual([]);
    });
  });

  describe('/sessions/{id}', () => {
    it('is shown to its account only', async () => {
      const id = await api.newSession();
      expect((await api.call(`GET /sessions/${id}`)).json).toMatchObject({ id, status: 'created' });
      const foreign = await api.call(`GET /sessions/${id}`, { key: api.otherKey });
      expect(foreign.status).toBe(404);
      expect(foreign.error()).toMatchObject({ code: 100, error_subcode: 33 });
      expect(await listed('/sessions')).toHaveLength(1);
    });
    it('starts, stops and logs out by commands to its shard', async () => {
      const id = await api.newSession();
      for (const verb of ['stop', 'start', 'logout']) {
        expect((await api.call(`POST /sessions/${id}/${verb}`)).json).toEqual({ success: true });
        expect(await api.aws.takeOutbound()).toMatchObject([{ type: `session.${verb}`, sessionId: id }]);
      }
    });
    it('is gone with its own webhooks after DELETE, and its id is free', async () => {
      const id = await api.newSession();
      await api.call('POST /webhooks', { body: { url: 'https://93.184.216.34/', session: id } });
      await api.call('POST /webhooks', { body: { url: 'https://93.184.216.34/' } });
      await api.aws.takeOutbound();
      expect((await api.call(`DELETE /sessions/${id}`)).json).toEqual({ success: true });
      expect(await api.aws.takeOutbound()).toMatchObject([{ type: 'session.delete', sessionId: id }]);
      expect((await api.call(`GET /sessions/${id}`)).status).toBe(404);
      expect(await listed('/webhooks')).toHaveLength(1);
      expect((await api.call('POST /sessions', { body: { id }, key: api.otherKey })).status).toBe(201);
    });
    it('gives its QR code as JSON, PNG or SVG', async () => {
      const id = await api.newSession({ status: 'pairing', qr: '2@abc', qrExpiresAtMs: Date.UTC(2099, 0) });
      const plain = await api.call(`GET /sessions/${id}/qr`);
      expect(plain.json).toEqual({ qr: '2@abc', expires_at: '2099-01-01T00:00:00.000Z' });
      const png = await api.call(`GET /sessions/${id}/qr`, { headers: { Accept: 'image/png' } });
      expect(png.headers['content-type']).toBe('image/png');
      expect(Buffer.from(png.body, 'base64').subarray(1, 4).toString()).toBe('PNG');
      const svg = await api.call(`GET /sessions/${id}/qr`, { headers: { accept: 'image/svg+xml' } });
      expect(svg.body).toContain('<svg');
    });
    it('has no QR code when it is linked or stopped', async () => {
      for (const changes of [{ status: 'open', phoneNumber: '5511911112222' }, { desired: 'stopped' }] as const) {
        const id = await api.newSession(changes);
        expect((await api.call(`GET /sessions/${id}/qr`)).status).toBe(409);
      }
    });
    it('asks the connector for a pairing code', async () => {
      const id = await api.newSession({ status: 'pairing' });
      const asked = api.call(`POST /sessions/${id}/pairing-code`, { body: { phone_number: '+55 11 91111-2222' } });
      const [question] = (await nextCommand()) as { questionId: string; sessionUid: string; phone: string }[];
      expect(question).toMatchObject({ type: 'question.pairing_code', phone: '5511911112222' });
      await api.aws.documents.send(
        new PutCommand({
          TableName: 'answers',
          Item: {
            questionId: question?.questionId,
            sessionUid: question?.sessionUid,
            answer: { type: 'pairing_code', code: 'ABCD1234', expiresAtMs: 0 },
            expiresAt: 0,
          },
        }),
      );
      expect((await asked).json).toEqual({ code: 'ABCD1234', expires_at: '1970-01-01T00:00:00.000Z' });
    });
    it('answers an unknown path and a wrong method in Graph’s shape', async () => {
      const unknown = await api.call('GET /sessions/100200300/nothing');
      expect({ status: unknown.status, code: unknown.error().code }).toEqual({ status: 404, code: 2500 });
      const wrong = await api.call('PUT /sessions');
      expect({ status: wrong.status, allow: wrong.headers['allow'] }).toEqual({ status: 405, allow: 'POST, GET' });
      expect(wrong.error().code).toBe(100);
    });
  });
});
