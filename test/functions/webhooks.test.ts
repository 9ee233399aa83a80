import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { at } from '../support/pombo.ts';
import { type ApiTestBed, startApi } from './support/api-test-bed.ts';

describe('the webhooks function', () => {
  let api: ApiTestBed;
  beforeAll(async () => {
    api = await startApi();
  }, 60_000);
  afterAll(() => api.aws.stop());
  beforeEach(() => api.reset());

  describe('/webhooks', () => {
    it('creates, shows, lists and deletes; the secret is shown once', async () => {
      const id = await api.newSession();
      const created = await api.call('POST /webhooks', {
        body: { url: 'https://93.184.216.34/hook', session: id, events: ['messages'] },
      });
      expect(created.status).toBe(201);
      expect(created.text('secret')).toMatch(/^whsec_/);
      const webhook = created.text('id');
      expect(await api.aws.takeOutbound()).toMatchObject([{ type: 'endpoints.changed', sessionId: id }]);
      const shown = await api.call(`GET /webhooks/${webhook}`);
      expect(shown.json).toMatchObject({ id: webhook, url: 'https://93.184.216.34/hook', session: id });
      expect(at((await api.call('GET /webhooks')).json, 'data')).toMatchObject([{ id: webhook }]);
      expect((await api.call(`DELETE /webhooks/${webhook}`, { key: api.otherKey })).status).toBe(404);
      expect((await api.call(`DELETE /webhooks/${webhook}`)).json).toEqual({ success: true });
      expect(await api.aws.takeOutbound()).toMatchObject([{ type: 'endpoints.changed' }]);
      expect((await api.call(`GET /webhooks/${webhook}`)).status).toBe(404);
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
      const { status, error } = await api.call('POST /webhooks', { body });
      expect({ status, code: error().code }).toEqual({ status: 400, code: 100 });
      expect(at((await api.call('GET /webhooks')).json, 'data')).toEqual([]);
    });
    it('refuses another account’s session', async () => {
      const id = await api.newSession();
      const { status } = await api.call('POST /webhooks', {
        key: api.otherKey,
        body: { url: 'https://93.184.216.34/', session: id },
      });
      expect(status).toBe(404);
    });
  });
});
