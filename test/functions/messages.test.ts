import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseWamid } from '#core/domain/wamid.ts';
import { at } from '../support/pombo.ts';
import { type ApiTestBed, startApi } from './support/api-test-bed.ts';

const text = { messaging_product: 'whatsapp', to: '+55 (11) 98765-4321', type: 'text', text: { body: 'Olá 🐦' } };

describe('the messages function', () => {
  let api: ApiTestBed;
  beforeAll(async () => {
    api = await startApi();
  }, 60_000);
  afterAll(() => api.aws.stop());
  beforeEach(() => api.reset());

  describe('POST /{phone_number_id}/messages', () => {
    it('queues a text and answers as Meta does, with and without a version', async () => {
      const id = await api.newSession({ status: 'open' });
      for (const path of [`/v23.0/${id}/messages`, `/${id}/messages`, `/v26.0/${id}/messages/`]) {
        const { status, json, headers } = await api.call(`POST ${path}`, {
          body: { ...text, context: null, extra: 1 },
        });
        expect(status).toBe(200);
        expect(headers['content-type']).toBe('application/json; charset=UTF-8');
        expect(json).toEqual({
          messaging_product: 'whatsapp',
          contacts: [{ input: '+55 (11) 98765-4321', wa_id: '5511987654321' }],
          messages: [{ id: expect.stringMatching(/^wamid\./), message_status: 'accepted' }],
        });
        const wamid = String(at(json, 'messages', 0, 'id'));
        const [command] = (await api.aws.takeOutbound()) as Record<string, unknown>[];
        expect(command).toMatchObject({
          type: 'message.send',
          to: { type: 'individual', phone: '5511987654321' },
          content: { type: 'text', text: { body: 'Olá 🐦', previewUrl: false } },
          wamid: wamid,
        });
        expect(parseWamid(wamid)).toMatchObject({ direction: 'out', stanzaId: command?.['stanzaId'] });
      }
    });
    it('takes forms, and JSON that curl -d calls a form', async () => {
      const id = await api.newSession({ status: 'open' });
      const form = 'messaging_product=whatsapp&to=5511987654321&text=%7B%22body%22%3A%22oi%22%7D';
      for (const body of [form, JSON.stringify(text)]) {
        const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
        expect((await api.call(`POST /${id}/messages`, { body, headers })).status).toBe(200);
      }
      const base64 = Buffer.from(JSON.stringify(text)).toString('base64');
      expect((await api.call(`POST /${id}/messages`, { body: base64, base64: true })).status).toBe(200);
      expect(await api.aws.takeOutbound()).toHaveLength(3);
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
      [
        'half a surrogate pair',
        '{"messaging_product":"whatsapp","to":"5511987654321","text":{"body":"\\ud83d"}}',
        131009,
        'Unicode',
      ],
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
      const id = await api.newSession({ status: 'open' });
      const { status, error } = await api.call(`POST /${id}/messages`, { body });
      expect({ status, code: error().code }).toEqual({ status: 400, code });
      expect(error().error_data.details).toContain(sentence);
      expect(error().fbtrace_id).toMatch(/^[\w-]{22}$/);
      expect(await api.aws.takeOutbound()).toEqual([]);
    });
    it('takes a body of exactly 4096 characters, emoji counted once', async () => {
      const id = await api.newSession({ status: 'open' });
      const body = { ...text, text: { body: '🐦'.repeat(4096) } };
      expect((await api.call(`POST /${id}/messages`, { body })).status).toBe(200);
    });
    it('refuses what is too large, not UTF-8 or of another content type', async () => {
      const id = await api.newSession({ status: 'open' });
      const large = await api.call(`POST /${id}/messages`, {
        body: JSON.stringify({ x: 'x'.repeat(4 * 1024 * 1024) }),
      });
      expect({ status: large.status, code: large.error().code }).toEqual({ status: 413, code: 100 });
      const broken = await api.call(`POST /${id}/messages`, {
        body: Buffer.from([0x22, 0xff, 0x22]).toString('base64'),
        base64: true,
      });
      expect({ status: broken.status, code: broken.error().code }).toEqual({ status: 400, code: 100 });
      const xml = await api.call(`POST /${id}/messages`, { body: '<a/>', headers: { 'content-type': 'text/xml' } });
      expect({ status: xml.status, code: xml.error().code }).toEqual({ status: 415, code: 100 });
    });
    it('refuses a foreign and an unknown session alike', async () => {
      const id = await api.newSession({ status: 'open' });
      const foreign = await api.call(`POST /${id}/messages`, { body: text, key: api.otherKey });
      const unknown = await api.call('POST /99999999/messages', { body: text });
      for (const { status, error } of [foreign, unknown]) {
        expect(status).toBe(400);
        expect(error()).toMatchObject({ code: 100, error_subcode: 33, type: 'GraphMethodException' });
      }
      expect(await api.aws.takeOutbound()).toEqual([]);
    });
    it.each([
      ['created', 133010],
      ['pairing', 133010],
      ['logged_out', 133010],
      ['banned', 131031],
    ] as const)('refuses a session that is %s', async (status, code) => {
      const id = await api.newSession({ status });
      const { error } = await api.call(`POST /${id}/messages`, { body: text });
      expect(error().code).toBe(code);
      expect(await api.aws.takeOutbound()).toEqual([]);
    });
    it('refuses a stopped session, and takes messages for one that is on its way', async () => {
      const stopped = await api.newSession({ status: 'stopped', desired: 'stopped' });
      expect((await api.call(`POST /${stopped}/messages`, { body: text })).error().code).toBe(133010);
      for (const status of ['connecting', 'reconnecting'] as const) {
        const id = await api.newSession({ status });
        expect((await api.call(`POST /${id}/messages`, { body: text })).status).toBe(200);
      }
    });
    it('refuses the session’s own number as the recipient', async () => {
      const id = await api.newSession({ status: 'open', phoneNumber: '5511987654321' });
      expect((await api.call(`POST /${id}/messages`, { body: text })).error().code).toBe(131021);
    });
    it('answers other methods, edges and objects as Graph does', async () => {
      const id = await api.newSession({ status: 'open' });
      expect((await api.call(`GET /${id}/messages`)).status).toBe(405);
      expect((await api.call(`GET /${id}/dance`)).error().code).toBe(2500);
      expect((await api.call(`GET /${id}`)).error()).toMatchObject({ code: 100, error_subcode: 33 });
      const unknown = await api.call('GET /nothing/here');
      expect({ status: unknown.status, code: unknown.error().code }).toEqual({ status: 404, code: 803 });
    });
  });
});
