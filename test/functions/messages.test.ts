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
    it('refuses contacts that no row could hold together, and names them', async () => {
      const id = await api.newSession({ status: 'open' });
      const card = { name: { formatted_name: 'A', first_name: 'A' }, urls: [{ url: 'x'.repeat(1000) }] };
      const contactsOf = (length: number) => ({
        ...text,
        type: 'contacts',
        contacts: Array.from({ length }, () => card),
      });
      for (const length of [200, 257]) {
        const { status, error } = await api.call(`POST /${id}/messages`, { body: contactsOf(length) });
        expect({ status, code: error().code }).toEqual({ status: 400, code: 131009 });
        expect(error().error_data.details).toMatch(/^contacts: must have at most 160 KB in all, it has \d+ KB\.$/);
      }
      expect((await api.call(`POST /${id}/messages`, { body: contactsOf(100) })).status).toBe(200);
      expect(await api.aws.takeOutbound()).toHaveLength(1);
    });
    it('takes messaging_product from the query, as clients of Meta’s API write it there', async () => {
      const id = await api.newSession({ status: 'open' });
      for (const product of [undefined, null]) {
        const body = { ...text, messaging_product: product };
        expect((await api.call(`POST /${id}/messages?messaging_product=whatsapp`, { body })).status).toBe(200);
      }
      const read = { status: 'read', message_id: 'x' };
      const { error } = await api.call(`POST /${id}/messages?messaging_product=whatsapp`, { body: read });
      expect(error().error_data.details).toBe('message_id: must be a message id, which begins with "wamid.".');
      const file = { type: 'application/pdf', file_size: 15 };
      expect((await api.call(`POST /${id}/media?messaging_product=whatsapp`, { body: file })).status).toBe(200);
      expect(await api.aws.takeOutbound()).toHaveLength(2);
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
      [
        'a time to live of half a minute less',
        { ...text, message_send_ttl_seconds: 29 },
        131009,
        'ttl_seconds: must be from 30',
      ],
      ['a long time to live', { ...text, message_send_ttl_seconds: 1_209_601 }, 131009, 'to 1209600 seconds'],
      [
        'half a second',
        { ...text, message_send_ttl_seconds: 30.5 },
        131009,
        'message_send_ttl_seconds: must be a whole',
      ],
      [
        'a time to live in words',
        { ...text, message_send_ttl_seconds: '1h' },
        131009,
        'message_send_ttl_seconds: must be',
      ],
      [
        'a date without offset',
        { ...text, not_before: '2026-12-24T18:00:00' },
        131009,
        'not_before: must be Unix seconds, or',
      ],
      ['milliseconds', { ...text, not_before: 1_700_000_000_000 }, 131009, 'not_before: must be Unix seconds'],
      ['half a day', { ...text, not_before: true }, 131009, 'not_before: must be'],
      [
        'a day of the next century',
        { ...text, not_before: '2126-01-01T00:00:00Z' },
        131009,
        'not_before: must be at most 7 days',
      ],
      ['a reply', { ...text, context: { message_id: 'wamid.X' } }, 131009, 'context'],
      ['an image without an address', { ...text, type: 'image', image: { link: 'x' } }, 131009, 'image'],
      ['an unknown type', { ...text, type: 'dance' }, 131009, 'type: must be one of text'],
      [
        'a read receipt',
        { messaging_product: 'whatsapp', status: 'read', message_id: 'wamid.X' },
        131009,
        'message_id',
      ],
      ['a list', [], 100, 'The body must be an object'],
      ['null', 'null', 100, 'messaging_product: is required'],
      ['nothing', '', 100, 'messaging_product: is required'],
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
    it('says what to do about a session that stopped by itself, and one that was never linked', async () => {
      const reason = 'Another program uses the link of this number.';
      const linked = { status: 'stopped', phoneNumber: '5511900000000', reason, sinceMs: 5 } as const;
      const gaveUp = await api.newSession({ ...linked, startedFromMs: 4 });
      const { error } = await api.call(`POST /${gaveUp}/messages`, { body: text });
      expect(error().code).toBe(133010);
      expect(error().error_data.details).toMatch(/stopped.*Another program.*POST \/sessions\/\{id\}\/start/);
      const starting = await api.newSession({ ...linked, startedFromMs: 5 });
      expect((await api.call(`POST /${starting}/messages`, { body: text })).status).toBe(200);
      const never = await api.newSession({ status: 'stopped', startedFromMs: 5, sinceMs: 5 });
      expect((await api.call(`POST /${never}/messages`, { body: text })).error().code).toBe(133010);
    });
    it.each([
      ['a time to live', { message_send_ttl_seconds: 60 }, { afterMs: 60_000 }],
      ['nulls', { message_send_ttl_seconds: null, not_before: null }, {}],
      ['a time in Unix seconds', { not_before: 3600 }, { laterMs: 3_600_000 }],
      [
        'a time of day',
        { not_before: 'iso', message_send_ttl_seconds: 30 },
        { laterMs: 3_600_000, afterMs: 3_630_000 },
      ],
      ['a time that is over', { not_before: -3600, message_send_ttl_seconds: 30 }, { afterMs: 30_000 }],
    ])('queues a message with %s', async (_, wishes, expected: { laterMs?: number; afterMs?: number }) => {
      const id = await api.newSession({ status: 'open' });
      const nowS = Math.floor(Date.now() / 1000);
      const notBefore = 'not_before' in wishes ? wishes.not_before : undefined;
      const at = typeof notBefore === 'number' ? nowS + notBefore : new Date((nowS + 3600) * 1000).toISOString();
      const body = { ...text, ...wishes, ...(notBefore && { not_before: at }) };
      expect((await api.call(`POST /${id}/messages`, { body })).status).toBe(200);
      const [command] = (await api.aws.takeOutbound()) as { expiresAtMs?: number; notBeforeMs?: number }[];
      expectAbout(command?.notBeforeMs, expected.laterMs);
      expectAbout(command?.expiresAtMs, expected.afterMs);

      function expectAbout(ms: number | undefined, afterMs: number | undefined): void {
        if (afterMs === undefined) expect(ms).toBeUndefined();
        else expect(Math.abs((ms ?? 0) - nowS * 1000 - afterMs)).toBeLessThan(5000);
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
      expect((await api.call(`GET /${id.slice(0, 4)}`)).error()).toMatchObject({ code: 100, error_subcode: 33 });
      const unknown = await api.call('GET /nothing/here');
      expect({ status: unknown.status, code: unknown.error().code }).toEqual({ status: 404, code: 803 });
    });
  });
});
