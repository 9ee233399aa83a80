import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { at } from '../../support/pombo.ts';
import { type ApiTestBed, startApi } from '../support/api-test-bed.ts';
import { startTestReceiver, type TestReceiver } from '../support/receiver.ts';

describe('subscribed_apps', () => {
  let api: ApiTestBed;
  let receiver: TestReceiver;
  let waba = '';
  beforeAll(async () => {
    api = await startApi({ privateTargets: '127.0.0.0/8' });
    receiver = await startTestReceiver();
    receiver.answerWith(({ url }, response) => {
      const isOurs = url.searchParams.get('hub.verify_token') === 'token';
      response.statusCode = isOurs ? 200 : 403;
      response.end(isOurs ? url.searchParams.get('hub.challenge') : 'no');
    });
  }, 60_000);
  afterAll(async () => {
    await receiver.close();
    await api.aws.stop();
  });
  beforeEach(async () => {
    await api.reset();
    waba = (await api.call('GET /me')).text('id');
  });
  const list = async () => at((await api.call(`GET /v23.0/${waba}/subscribed_apps`)).json, 'data') as object[];
  const webhooks = async () =>
    at((await api.call('GET /webhooks')).json, 'data') as { id: string; url: string; session: string | null }[];

  it('POST with an override shakes hands, makes a webhook and shows its secret once; another address takes its place', async () => {
    const body = { override_callback_uri: `${receiver.url}?a=1`, verify_token: 'token' };
    const created = await api.call(`POST /v23.0/${waba}/subscribed_apps`, { body });
    expect(created.json).toEqual({ success: true, secret: expect.stringMatching(/^whsec_/) });
    const [webhook] = await webhooks();
    expect(await list()).toEqual([
      {
        whatsapp_business_api_data: {
          id: webhook?.id,
          name: 'override_callback_uri',
          link: body.override_callback_uri,
        },
        override_callback_uri: body.override_callback_uri,
      },
    ]);
    // As clients write it that know query parameters only.
    const query = new URLSearchParams({ override_callback_uri: receiver.url, verify_token: 'token' });
    expect((await api.call(`POST /${waba}/subscribed_apps?${query.toString()}`)).json).toEqual({ success: true });
    expect(await webhooks()).toMatchObject([{ id: webhook?.id, url: receiver.url }]);
    expect((await api.call(`POST /${waba}/subscribed_apps`)).json).toEqual({ success: true });
    expect((await api.call(`DELETE /${waba}/subscribed_apps`)).json).toEqual({ success: true });
    expect(await list()).toEqual([]);
    expect((await api.call(`DELETE /${waba}/subscribed_apps`)).json).toEqual({ success: true });
  });

  it('refuses a receiver that does not repeat the challenge, and addresses that can be none', async () => {
    const post = (body?: object) => api.call(`POST /${waba}/subscribed_apps`, body ? { body } : {});
    const refused = await post({ override_callback_uri: receiver.url, verify_token: 'wrong' });
    expect(refused.error()).toMatchObject({
      code: 100,
      error_data: { details: 'override_callback_uri: the receiver answered 403 instead of 200: "no".' },
    });
    expect((await post({ override_callback_uri: 'http://10.0.0.1/' })).error().error_data.details).toContain(
      'is a private address',
    );
    expect((await post()).error().error_data.details).toContain('override_callback_uri: is required');
    expect(await webhooks()).toEqual([]);
  });

  it('POST /{phone_number_id} makes a webhook of that number alone, and an empty address takes it away', async () => {
    const id = await api.newSession();
    const configure = (url: string) =>
      api.call(`POST /v23.0/${id}`, {
        body: { webhook_configuration: { override_callback_uri: url, verify_token: 'token' } },
      });
    expect((await configure(receiver.url)).json).toMatchObject({ success: true, secret: expect.any(String) });
    expect(await webhooks()).toMatchObject([{ session: id, url: receiver.url }]);
    expect(await list()).toEqual([]);
    expect((await api.call(`GET /${id}?fields=webhook_configuration`)).json).toEqual({
      id,
      webhook_configuration: { phone_number: receiver.url },
    });
    expect((await configure('')).json).toEqual({ success: true });
    expect(await webhooks()).toEqual([]);
    expect((await api.call(`POST /${id}`, { body: {} })).error().error_data.details).toBe(
      'webhook_configuration: is required.',
    );
  });

  it('keeps to its own account', async () => {
    const id = await api.newSession();
    const body = { override_callback_uri: receiver.url, verify_token: 'token' };
    const before = receiver.received.length;
    for (const call of [
      `GET /${waba}/subscribed_apps`,
      `POST /${waba}/subscribed_apps`,
      `DELETE /${waba}/subscribed_apps`,
    ]) {
      const answer = await api.call(call, { key: api.otherKey, ...(call.startsWith('POST') ? { body } : {}) });
      expect(answer.error()).toMatchObject({ code: 100, error_subcode: 33 });
    }
    const phone = await api.call(`POST /${id}`, { key: api.otherKey, body: { webhook_configuration: body } });
    expect(phone.error().error_subcode).toBe(33);
    expect(receiver.received).toHaveLength(before);
  });
});
