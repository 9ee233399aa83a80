import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ApiTestBed, startApi } from './support/api-test-bed.ts';

describe('API keys', () => {
  let api: ApiTestBed;
  beforeAll(async () => {
    api = await startApi();
  }, 60_000);
  afterAll(() => api.aws.stop());
  beforeEach(() => api.reset());

  it('are taken from three headers, however they are written', async () => {
    const key = api.key();
    const forms: Record<string, string>[] = [{ Authorization: `bearer ${key}` }, { 'X-API-Key': key }, { apikey: key }];
    for (const headers of forms) {
      expect((await api.callWithoutKey('GET /sessions', { headers })).status).toBe(200);
    }
  });
  it('are missed, and refused when unknown, mistyped or revoked', async () => {
    const none = await api.callWithoutKey('GET /sessions');
    expect({ status: none.status, code: none.error().code }).toEqual({ status: 401, code: 104 });
    const { accountId } = await api.aws.newAccount('short-lived');
    const { apiKey, row } = await api.aws.accounts.createApiKey({ accountId, name: 'gone' });
    await api.aws.accounts.revokeApiKey(accountId, row.apiKeyId);
    for (const wrong of ['nope', `${api.key().slice(0, -1)}!`, 'x'.repeat(2000), apiKey]) {
      const refused = await api.callWithoutKey('GET /sessions', { key: wrong });
      expect({ status: refused.status, code: refused.error().code }).toEqual({ status: 401, code: 190 });
      expect(refused.body).not.toContain(wrong);
    }
  });
  it('belong to one account: a key that another has cannot be made again', async () => {
    const { accountId } = await api.aws.newAccount();
    const { apiKey } = await api.aws.accounts.createApiKey({ accountId, name: 'one' });
    await expect(api.aws.accounts.createApiKey({ accountId, name: 'two', key: apiKey })).rejects.toThrow();
  });
});
