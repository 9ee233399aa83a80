import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeSessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import { parseWamid } from '#core/domain/wamid.ts';
import { type AwsTestBed, startAws } from './support/aws-test-bed.ts';
import { type ApiCall, callApi } from './support/call-api.ts';

const text = { messaging_product: 'whatsapp', to: '+55 (11) 98765-4321', type: 'text', text: { body: 'Olá 🐦' } };

describe('the API functions', () => {
  let aws: AwsTestBed;
  let key: string;
  let otherKey: string;
  const handlers: Record<string, typeof import('../../functions/messages/handler.ts').handler> = {};

  beforeAll(async () => {
    aws = await startAws();
    handlers['sessions'] = (await import('../../functions/sessions/handler.ts')).handler;
    handlers['webhooks'] = (await import('../../functions/webhooks/handler.ts')).handler;
    handlers['health'] = (await import('../../functions/health/handler.ts')).handler;
    handlers['messages'] = (await import('../../functions/messages/handler.ts')).handler;
    otherKey = (await aws.newAccount('other')).apiKey;
  }, 60_000);
  afterAll(() => aws.stop());
  beforeEach(async () => {
    key = (await aws.newAccount()).apiKey;
    await aws.takeOutbound();
  });

  const call = (request: string, options: ApiCall = {}) => {
    const word = /^\S+ \/(\w+)/.exec(request)?.[1] ?? '';
    const handler = handlers[word] ?? handlers['messages'];
    if (!handler) throw new Error('not started');
    return callApi(handler, request, { key, ...options });
  };

  const newSession = async (changes: Partial<SessionRow> = {}): Promise<string> => {
    const { json } = await call('POST /sessions', { body: {} });
    await aws.takeOutbound();
    const id = String(json['id']);
    const names = Object.keys(changes);
    if (names.length > 0) {
      const sessions = makeSessionRepository({ dynamo: aws.documents, tableName: 'sessions' });
      const row = (await sessions.get(id as SessionRow['sessionId']))!;
      await sessions.remove(row);
      await sessions.create({ ...row, ...changes });
    }
    return id;
  };

  describe('POST /sessions', () => {
    it('stores a session and starts its pairing', async () => {
      const { status, json, headers } = await call('POST /sessions', { body: { id: '100200300', name: 'Loja' } });
      expect(status).toBe(201);
      expect(headers['location']).toBe('/sessions/100200300');
      expect(json).toMatchObject({ id: '100200300', name: 'Loja', status: 'created', phone_number: null, reason: null });
      expect(await aws.takeOutbound()).toMatchObject([{ type: 'session.start', version: 1, sessionId: '100200300' }]);
    });
    it('chooses an id when none is given, also without any body', async () => {
      const { status, json } = await call('POST /sessions');
      expect(status).toBe(201);
      expect(json['id']).toMatch(/^[1-9]\d{14}$/);
    });
    it('refuses an id that is taken, and enqueues nothing', async () => {
      const id = await newSession();
      const { status, json } = await call('POST /sessions', { body: { id }, key: otherKey });
      expect(status).toBe(409);
      expect(json['error'].error_data.details).toContain('taken');
      expect(await aws.takeOutbound()).toEqual([]);
    });
    it.each([
      ['letters', { id: 'loja' }],
      ['a number instead of a text', { id: 100200300 }],
      ['too few digits', { id: '1234' }],
      ['an empty name', { name: '' }],
      ['a long name', { name: 'x'.repeat(101) }],
      ['a list', []],
    ])('refuses %s', async (_, body) => {
      const { status, json } = await call('POST /sessions', { body });
      expect({ status, code: json['error'].code }).toEqual({ status: 400, code: 100 });
      expect(await aws.takeOutbound()).toEqual([]);
    });
  });

  describe('/sessions/{id}', () => {
    it('is shown to its account only', async () => {
      const id = await newSession();
      expect((await call(`GET /sessions/${id}`)).json).toMatchObject({ id, status: 'created' });
      const foreign = await call(`GET /sessions/${id}`, { key: otherKey });
      expect(foreign.status).toBe(404);
      expect(foreign.json['error']).toMatchObject({ code: 100, error_subcode: 33 });
      expect((await call('GET /sessions')).json['data']).toHaveLength(1);
    });
    it('starts, stops and logs out by commands to its shard', async () => {
      const id = await newSession();
      for (const verb of ['stop', 'start', 'logout']) {
        expect((await call(`POST /sessions/${id}/${verb}`)).json).toEqual({ success: true });
        expect(await aws.takeOutbound()).toMatchObject([{ type: `session.${verb}`, sessionId: id }]);
      }
    });
    it('is gone with its own webhooks after DELETE, and its id is free', async () => {
      const id = await newSession();
      await call('POST /webhooks', { body: { url: 'https://93.184.216.34/', session: id } });
      await call('POST /webhooks', { body: { url: 'https://93.184.216.34/' } });
      await aws.takeOutbound();
      expect((await call(`DELETE /sessions/${id}`)).json).toEqual({ success: true });
      expect(await aws.takeOutbound()).toMatchObject([{ type: 'session.delete', sessionId: id }]);
      expect((await call(`GET /sessions/${id}`)).status).toBe(404);
      expect((await call('GET /webhooks')).json['data']).toHaveLength(1);
      expect((await call('POST /sessions', { body: { id }, key: otherKey })).status).toBe(201);
    });
    it('gives its QR code as JSON, PNG or SVG', async () => {
      const id = await newSession({ status: 'pairing', qr: '2@abc', qrExpiresAtMs: Date.UTC(2099, 0) });
      const plain = await call(`GET /sessions/${id}/qr`);
      expect(plain.json).toEqual({ qr: '2@abc', expires_at: '2099-01-01T00:00:00.000Z' });
      const png = await call(`GET /sessions/${id}/qr`, { headers: { Accept: 'image/png' } });
      expect(png.headers['content-type']).toBe('image/png');
      expect(Buffer.from(png.body, 'base64').subarray(1, 4).toString()).toBe('PNG');
      const svg = await call(`GET /sessions/${id}/qr`, { headers: { accept: 'image/svg+xml' } });
      expect(svg.body).toContain('<svg');
    });
    it('has no QR code when it is linked or stopped', async () => {
      for (const changes of [{ status: 'open', phoneNumber: '5511911112222' }, { desired: 'stopped' }] as const) {
        const id = await newSession(changes);
        expect((await call(`GET /sessions/${id}/qr`)).status).toBe(409);
      }
    });
    it('asks the connector for a pairing code', async () => {
      const id = await newSession({ status: 'pairing' });
      const asked = call(`POST /sessions/${id}/pairing-code`, { body: { phone_number: '+55 11 91111-2222' } });
      const [question] = (await waitForOutbound()) as { questionId: string; sessionUid: string; phone: string }[];
      expect(question).toMatchObject({ type: 'question.pairing_code', phone: '5511911112222' });
      const { PutCommand } = await import('@aws-sdk/lib-dynamodb');
      await aws.documents.send(
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
      const unknown = await call('GET /sessions/100200300/nothing');
      expect({ status: unknown.status, code: unknown.json['error'].code }).toEqual({ status: 404, code: 2500 });
      const wrong = await call('PUT /sessions');
      expect({ status: wrong.status, allow: wrong.headers['allow'] }).toEqual({ status: 405, allow: 'POST, GET' });
      expect(wrong.json['error'].code).toBe(100);
    });
  });

  async function waitForOutbound(): Promise<unknown[]> {
    for (;;) {
      const found = await aws.takeOutbound();
      if (found.length > 0) return found;
    }
  }

  describe('POST /{phone_number_id}/messages', () => {
    it('queues a text and answers as Meta does, with and without a version', async () => {
      const id = await newSession({ status: 'open' });
      for (const path of [`/v23.0/${id}/messages`, `/${id}/messages`, `/v26.0/${id}/messages/`]) {
        const { status, json, headers } = await call(`POST ${path}`, { body: { ...text, context: null, extra: 1 } });
        expect(status).toBe(200);
        expect(headers['content-type']).toBe('application/json; charset=UTF-8');
        expect(json).toEqual({
          messaging_product: 'whatsapp',
          contacts: [{ input: '+55 (11) 98765-4321', wa_id: '5511987654321' }],
          messages: [{ id: expect.stringMatching(/^wamid\./), message_status: 'accepted' }],
        });
        const [command] = (await aws.takeOutbound()) as Record<string, unknown>[];
        expect(command).toMatchObject({
          type: 'message.send',
          to: { type: 'individual', phone: '5511987654321' },
          content: { type: 'text', text: { body: 'Olá 🐦', previewUrl: false } },
          wamid: json['messages'][0].id,
        });
        expect(parseWamid(json['messages'][0].id)).toMatchObject({ direction: 'out', stanzaId: command?.['stanzaId'] });
      }
    });
    it('takes forms, and JSON that curl -d calls a form', async () => {
      const id = await newSession({ status: 'open' });
      const form = 'messaging_product=whatsapp&to=5511987654321&text=%7B%22body%22%3A%22oi%22%7D';
      for (const body of [form, JSON.stringify(text)]) {
        const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
        expect((await call(`POST /${id}/messages`, { body, headers })).status).toBe(200);
      }
      const base64 = Buffer.from(JSON.stringify(text)).toString('base64');
      expect((await call(`POST /${id}/messages`, { body: base64, base64: true })).status).toBe(200);
      expect(await aws.takeOutbound()).toHaveLength(3);
    });

    const oi = { body: 'oi' };
    it.each([
      ['no messaging_product', { ...text, messaging_product: undefined }, 100, 'messaging_product: is required'],
      ['another product', { ...text, messaging_product: 'telegram' }, 100, 'must be whatsapp'],
      ['no recipient', { ...text, to: undefined }, 131008, 'to: is required'],
      ['a recipient that is null', { ...text, to: null }, 131008, 'to: is required'],
      ['a recipient that is a number', { ...text, to: 5511987654321 }, 131009, 'to: must be a string'],
      ['a recipient with letters', { ...text, to: 'joão' }, 131009, 'to: must be a phone number'],
      ['a recipient without country code', { ...text, to: '011987654321' }, 131009, 'country code'],
      ['a group that is none', { ...text, recipient_type: 'group', to: 'x' }, 131009, 'group id'],
      ['an unknown recipient_type', { ...text, recipient_type: 'dog' }, 131009, 'individual, group'],
      ['no text', { ...text, text: undefined }, 131008, 'text: is required'],
      ['a text without body', { ...text, text: {} }, 131008, 'text.body: is required'],
      ['an empty body', { ...text, text: { body: '' } }, 131009, 'at least 1'],
      ['a body that is a number', { ...text, text: { body: 7 } }, 131009, 'text.body: must be a string'],
      ['a long body', { ...text, text: { body: 'x'.repeat(4097) } }, 131009, 'at most 4096 characters'],
      ['half a surrogate pair', '{"messaging_product":"whatsapp","to":"5511987654321","text":{"body":"\\ud83d"}}', 131009, 'Unicode'],
      ['preview_url that is a text', { ...text, text: { ...oi, preview_url: 'yes' } }, 131009, 'must be a boolean'],
      ['long callback data', { ...text, biz_opaque_callback_data: 'x'.repeat(513) }, 131009, '512'],
      ['a reply', { ...text, context: { message_id: 'wamid.X' } }, 131009, 'context'],
      ['an image', { ...text, type: 'image', image: { link: 'x' } }, 131051, 'image messages are not supported yet'],
      ['an unknown type', { ...text, type: 'dance' }, 131009, 'type: must be one of text'],
      ['a read receipt', { messaging_product: 'whatsapp', status: 'read', message_id: 'wamid.X' }, 131051, 'status'],
      ['a list', [], 100, 'The body must be an object'],
      ['null', 'null', 100, 'The body must be an object'],
      ['nothing', '', 100, 'The body must be an object'],
      ['broken JSON', '{"to":', 100, 'not valid JSON'],
    ])('refuses %s', async (_, body, code, sentence) => {
      const id = await newSession({ status: 'open' });
      const { status, json } = await call(`POST /${id}/messages`, { body });
      expect({ status, code: json['error'].code }).toEqual({ status: 400, code });
      expect(json['error'].error_data.details).toContain(sentence);
      expect(json['error'].fbtrace_id).toMatch(/^[\w-]{22}$/);
      expect(await aws.takeOutbound()).toEqual([]);
    });
    it('takes a body of exactly 4096 characters, emoji counted once', async () => {
      const id = await newSession({ status: 'open' });
      const body = { ...text, text: { body: '🐦'.repeat(4096) } };
      expect((await call(`POST /${id}/messages`, { body })).status).toBe(200);
    });
    it('refuses what is too large, not UTF-8 or of another content type', async () => {
      const id = await newSession({ status: 'open' });
      const large = await call(`POST /${id}/messages`, { body: JSON.stringify({ x: 'x'.repeat(4 * 1024 * 1024) }) });
      expect({ status: large.status, code: large.json['error'].code }).toEqual({ status: 413, code: 100 });
      const broken = await call(`POST /${id}/messages`, { body: Buffer.from([0x22, 0xff, 0x22]).toString('base64'), base64: true });
      expect({ status: broken.status, code: broken.json['error'].code }).toEqual({ status: 400, code: 100 });
      const xml = await call(`POST /${id}/messages`, { body: '<a/>', headers: { 'content-type': 'text/xml' } });
      expect({ status: xml.status, code: xml.json['error'].code }).toEqual({ status: 415, code: 100 });
    });
    it('refuses a foreign and an unknown session alike', async () => {
      const id = await newSession({ status: 'open' });
      const foreign = await call(`POST /${id}/messages`, { body: text, key: otherKey });
      const unknown = await call('POST /99999999/messages', { body: text });
      for (const { status, json } of [foreign, unknown]) {
        expect(status).toBe(400);
        expect(json['error']).toMatchObject({ code: 100, error_subcode: 33, type: 'GraphMethodException' });
      }
      expect(await aws.takeOutbound()).toEqual([]);
    });
    it.each([
      ['created', 133010],
      ['pairing', 133010],
      ['logged_out', 133010],
      ['banned', 131031],
    ] as const)('refuses a session that is %s', async (status, code) => {
      const id = await newSession({ status });
      const { json } = await call(`POST /${id}/messages`, { body: text });
      expect(json['error'].code).toBe(code);
      expect(await aws.takeOutbound()).toEqual([]);
    });
    it('refuses a stopped session, and takes messages for one that is on its way', async () => {
      const stopped = await newSession({ status: 'stopped', desired: 'stopped' });
      expect((await call(`POST /${stopped}/messages`, { body: text })).json['error'].code).toBe(133010);
      for (const status of ['connecting', 'reconnecting'] as const) {
        const id = await newSession({ status });
        expect((await call(`POST /${id}/messages`, { body: text })).status).toBe(200);
      }
    });
    it('refuses the session’s own number as the recipient', async () => {
      const id = await newSession({ status: 'open', phoneNumber: '5511987654321' });
      expect((await call(`POST /${id}/messages`, { body: text })).json['error'].code).toBe(131021);
    });
    it('answers other methods, edges and objects as Graph does', async () => {
      const id = await newSession({ status: 'open' });
      expect((await call(`GET /${id}/messages`)).status).toBe(405);
      expect((await call(`GET /${id}/dance`)).json['error'].code).toBe(2500);
      expect((await call(`GET /${id}`)).json['error']).toMatchObject({ code: 100, error_subcode: 33 });
      const unknown = await call('GET /nothing/here');
      expect({ status: unknown.status, code: unknown.json['error'].code }).toEqual({ status: 404, code: 803 });
    });
  });

  describe('keys', () => {
    it('are taken from three headers', async () => {
      for (const headers of [{ Authorization: `bearer ${key}` }, { 'X-API-Key': key }, { apikey: key }]) {
        const handler = handlers['sessions']!;
        expect((await callApi(handler, 'GET /sessions', { headers })).status).toBe(200);
      }
    });
    it('are missed, and refused when unknown, mistyped or revoked', async () => {
      const handler = handlers['sessions']!;
      const none = await callApi(handler, 'GET /sessions');
      expect({ status: none.status, code: none.json['error'].code }).toEqual({ status: 401, code: 104 });
      const { accountId } = await aws.newAccount('short-lived');
      const { apiKey, row } = await aws.accounts.createApiKey({ accountId, name: 'gone' });
      await aws.accounts.revokeApiKey(accountId, row.apiKeyId);
      for (const wrong of ['nope', `${key.slice(0, -1)}!`, 'x'.repeat(2000), apiKey]) {
        const refused = await callApi(handler, 'GET /sessions', { key: wrong });
        expect({ status: refused.status, code: refused.json['error'].code }).toEqual({ status: 401, code: 190 });
        expect(refused.body).not.toContain(wrong);
      }
    });
  });

  describe('/webhooks', () => {
    it('creates, shows, lists and deletes; the secret is shown once', async () => {
      const id = await newSession();
      const created = await call('POST /webhooks', {
        body: { url: 'https://93.184.216.34/hook', session: id, events: ['messages'] },
      });
      expect(created.status).toBe(201);
      expect(created.json['secret']).toMatch(/^whsec_/);
      const webhook = created.json['id'] as string;
      expect(await aws.takeOutbound()).toMatchObject([{ type: 'endpoints.changed', sessionId: id }]);
      const shown = await call(`GET /webhooks/${webhook}`);
      expect(shown.json).toEqual({
        id: webhook,
        url: 'https://93.184.216.34/hook',
        session: id,
        events: ['messages'],
        created_at: expect.any(String),
      });
      expect((await call('GET /webhooks')).json['data']).toEqual([shown.json]);
      expect((await call(`DELETE /webhooks/${webhook}`, { key: otherKey })).status).toBe(404);
      expect((await call(`DELETE /webhooks/${webhook}`)).json).toEqual({ success: true });
      expect(await aws.takeOutbound()).toMatchObject([{ type: 'endpoints.changed' }]);
      expect((await call(`GET /webhooks/${webhook}`)).status).toBe(404);
    });
    it.each([
      ['no URL', {}],
      ['no http', { url: 'ftp://example.com/' }],
      ['no URL at all', { url: 'example' }],
      ['a private address', { url: 'http://10.0.0.1/' }],
      ['loopback', { url: 'https://127.0.0.1:8443/' }],
      ['a name that means loopback', { url: 'http://localhost:8080/' }],
      ['loopback as a number', { url: 'http://2130706433/' }],
      ['IPv6 loopback', { url: 'http://[::1]/' }],
      ['the metadata service', { url: 'http://169.254.169.254/latest' }],
      ['a user name', { url: 'https://user@93.184.216.34/' }],
      ['no events', { url: 'https://93.184.216.34/', events: [] }],
      ['unknown events', { url: 'https://93.184.216.34/', events: ['weather'] }],
    ])('refuses %s', async (_, body) => {
      const { status, json } = await call('POST /webhooks', { body });
      expect({ status, code: json['error'].code }).toEqual({ status: 400, code: 100 });
      expect((await call('GET /webhooks')).json['data']).toEqual([]);
    });
    it('refuses another account’s session', async () => {
      const id = await newSession();
      const { status } = await call('POST /webhooks', {
        key: otherKey,
        body: { url: 'https://93.184.216.34/', session: id },
      });
      expect(status).toBe(404);
    });
  });

  describe('GET /health', () => {
    const beat = async (beatAtMs: number) => {
      const { PutCommand } = await import('@aws-sdk/lib-dynamodb');
      const Item = {
        taskId: 'task-1',
        incarnation: 'x',
        heartbeat: 1,
        role: 'active',
        version: '1.2.3',
        startedAtMs: beatAtMs - 60_000,
        beatAtMs,
        memoryBytes: 1024,
        sessionsOpen: 3,
        expiresAt: 0,
      };
      await aws.documents.send(new PutCommand({ TableName: 'tasks', Item }));
    };
    it('is shallow without a key', async () => {
      const { status, json } = await callApi(handlers['health']!, 'GET /health');
      expect({ status, json }).toEqual({ status: 200, json: { status: 'ok', version: '9.9.9' } });
      expect((await callApi(handlers['health']!, 'GET /health?deep=1')).status).toBe(401);
    });
    it('shows sessions, queues, tasks and dependencies when it is deep', async () => {
      await newSession();
      await beat(Date.now());
      const { status, json } = await call('GET /health?deep=1');
      expect(status, JSON.stringify(json)).toBe(200);
      expect(json).toMatchObject({ status: 'ok', sessions: { created: 1 } });
      expect(json['queues'].map(({ name }: { name: string }) => name)).toContain('outbound-0.fifo');
      expect(json['tasks']).toMatchObject([{ id: 'task-1', role: 'active', memory_bytes: 1024, uptime_seconds: 60 }]);
      const names = json['dependencies'].map(({ name }: { name: string }) => name);
      expect(names).toEqual(['dynamodb', 'sqs', 'cloudwatch', 'kms', 'states', 'connector']);
    });
    it('is 503 when no task is active and alive', async () => {
      await beat(Date.now() - 60_000);
      const { status, json } = await call('GET /health?deep=1');
      expect({ status, is: json['status'] }).toEqual({ status: 503, is: 'degraded' });
    });
  });
});
