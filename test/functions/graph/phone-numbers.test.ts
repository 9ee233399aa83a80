import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { at } from '../../support/pombo.ts';
import { type ApiTestBed, startApi } from '../support/api-test-bed.ts';

describe('numbers and their account', () => {
  let api: ApiTestBed;
  let waba = '';
  beforeAll(async () => {
    api = await startApi();
  }, 60_000);
  afterAll(() => api.aws.stop());
  beforeEach(async () => {
    await api.reset();
    waba = (await api.call('GET /v23.0/me')).text('id');
  });

  it('GET /{phone_number_id} shows a session as Meta shows a number, by fields', async () => {
    const id = await api.newSession({ status: 'open', phoneNumber: '5511900000000', profileName: 'Loja' });
    const { json } = await api.call(`GET /v23.0/${id}`);
    expect(json).toEqual({
      id,
      display_phone_number: '+5511900000000',
      verified_name: 'Loja',
      status: 'CONNECTED',
      quality_rating: 'NA',
      code_verification_status: 'VERIFIED',
      name_status: 'AVAILABLE_WITHOUT_REVIEW',
      platform_type: 'CLOUD_API',
      account_mode: 'LIVE',
      throughput: { level: 'STANDARD' },
      is_official_business_account: false,
      is_pin_enabled: false,
      is_on_biz_app: true,
      last_onboarded_time: expect.stringMatching(/^\d{4}-/),
    });
    const query = 'fields=display_phone_number,throughput{level},nonsense';
    expect((await api.call(`GET /${id}?${query}`)).json).toEqual({
      id,
      display_phone_number: '+5511900000000',
      throughput: { level: 'STANDARD' },
    });
    const fresh = await api.newSession();
    expect((await api.call(`GET /${fresh}?fields=status,display_phone_number`)).json).toEqual({
      id: fresh,
      display_phone_number: '',
      status: 'PENDING',
    });
  });

  it('GET /{account}/phone_numbers has pages in both directions', async () => {
    const ids = [await api.newSession(), await api.newSession(), await api.newSession()].sort();
    const first = await api.call(`GET /${waba}/phone_numbers?limit=2&fields=id`);
    expect(at(first.json, 'data')).toEqual(ids.slice(0, 2).map((id) => ({ id })));
    const next = new URL(String(at(first.json, 'paging', 'next')));
    const second = await api.call(`GET ${next.pathname}${next.search}`);
    expect(at(second.json, 'data')).toEqual([{ id: ids[2] }]);
    expect(at(second.json, 'paging', 'next')).toBeUndefined();
    const before = String(at(second.json, 'paging', 'cursors', 'before'));
    expect((await api.call(`GET /me/phone_numbers?limit=2&fields=id&before=${before}`)).json).toMatchObject({
      data: ids.slice(0, 2).map((id) => ({ id })),
    });
    expect((await api.call(`GET /${waba}/phone_numbers`, { key: api.otherKey })).error()).toMatchObject({
      code: 100,
      error_subcode: 33,
    });
    expect((await api.call(`GET /${ids[0]}`, { key: api.otherKey })).error().error_subcode).toBe(33);
  });

  it('GET /{account} is Meta’s WhatsApp Business account', async () => {
    const account = { id: waba, name: 'test', timezone_id: '0', message_template_namespace: `pombo_${waba}` };
    expect((await api.call(`GET /v23.0/${waba}`)).json).toEqual(account);
    expect((await api.call(`GET /${waba}?fields=account_review_status`)).json).toEqual({
      id: waba,
      account_review_status: 'APPROVED',
    });
    expect((await api.call(`GET /${waba}`, { key: api.otherKey })).error().error_subcode).toBe(33);
  });

  it('GET /debug_token tells of keys of the account only; the key may be in the query', async () => {
    const path = (token: string) => `GET /v23.0/debug_token?input_token=${token}&access_token=${api.key()}`;
    const key = undefined;
    expect((await api.call(path(api.key()), { key })).json).toMatchObject({
      data: {
        is_valid: true,
        expires_at: 0,
        app_id: waba,
        scopes: ['whatsapp_business_management', 'whatsapp_business_messaging'],
      },
    });
    for (const token of ['nonsense', api.otherKey]) {
      expect((await api.call(path(token), { key })).json).toMatchObject({ data: { is_valid: false, scopes: [] } });
    }
    expect((await api.call(`GET /debug_token?access_token=${api.key()}`)).error().error_data.details).toBe(
      'input_token: is required.',
    );
    expect((await api.call('GET /debug_token?input_token=x', { key })).status).toBe(401);
  });

  it('register and deregister are start and logout; a number that no phone has linked begins its pairing', async () => {
    const id = await api.newSession({ status: 'stopped', phoneNumber: '5511900000000', desired: 'stopped' });
    const body = { messaging_product: 'whatsapp', pin: '123456' };
    expect((await api.call(`POST /v23.0/${id}/register`, { body })).json).toEqual({ success: true });
    expect(
      (await api.call(`POST /v23.0/${id}/request_code`, { body: { code_method: 'SMS', language: 'pt' } })).json,
    ).toEqual({
      success: true,
    });
    expect((await api.call(`POST /${id}/deregister`)).json).toEqual({ success: true });
    const commands = (await api.aws.takeOutbound()) as { type: string }[];
    expect(commands.map(({ type }) => type)).toEqual(['session.start', 'session.start', 'session.logout']);
    const fresh = await api.newSession();
    const refusal = (await api.call(`POST /${fresh}/register`)).error();
    expect(refusal).toMatchObject({ code: 133010, is_transient: true });
    expect(refusal.error_data.details).toContain(`GET /sessions/${fresh}/qr`);
    expect((await api.call(`POST /${id}/register`, { body: { pin: '1' } })).error().error_data.details).toBe(
      'pin: must be 6 digits.',
    );
    const banned = await api.newSession({ status: 'banned' });
    expect((await api.call(`POST /${banned}/register`)).error().code).toBe(131031);
    expect((await api.call(`POST /${id}/deregister`, { key: api.otherKey })).error().error_subcode).toBe(33);
  });
});
