import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { networkOf } from '../../../functions/shared/failed-logins.ts';
import { type ApiTestBed, startApi } from '../support/api-test-bed.ts';

describe('failed logins', () => {
  let api: ApiTestBed;
  beforeAll(async () => {
    process.env['POMBO_LIMITS'] = JSON.stringify({ failedLogins: { amount: 3, perSeconds: 900 } });
    api = await startApi();
  }, 60_000);
  afterAll(async () => {
    delete process.env['POMBO_LIMITS'];
    await api.aws.stop();
  });
  beforeEach(() => api.reset());

  it('are 401 up to the limit of their address, then 429 before any look-up, and others go on', async () => {
    const sourceIp = '198.51.100.7';
    const attempt = (key: string, from = sourceIp) => api.call('GET /sessions', { key, sourceIp: from });
    // Before: this function knows the key for a minute.
    expect((await attempt(api.key())).status).toBe(200);
    for (let n = 0; n < 3; n++) expect((await attempt(`wrong-key-${n}`)).status).toBe(401);
    const refused = await attempt('wrong-key-3');
    expect({ status: refused.status, code: refused.error().code }).toEqual({ status: 429, code: 4 });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(290);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(300);
    expect(refused.error().is_transient).toBe(true);
    api.aws.setDynamoDown(true);
    // Nothing is asked any more.
    expect((await attempt('wrong-key-4')).status).toBe(429);
    expect((await attempt(api.otherKey)).status).toBe(429);
    api.aws.setDynamoDown(false);
    expect((await attempt(api.key())).status).toBe(200);
    expect((await attempt(api.otherKey, '198.51.100.8')).status).toBe(200);
    expect((await attempt('wrong-key-5', '198.51.100.8')).status).toBe(401);
  });
  it('are not requests without any key', async () => {
    for (let n = 0; n < 5; n++) {
      const { status } = await api.callWithoutKey('GET /sessions', { sourceIp: '198.51.100.9' });
      expect(status).toBe(401);
    }
  });
  it('hold for what is called afterwards in another function too, after one attempt', async () => {
    const sourceIp = '198.51.100.10';
    for (let n = 0; n < 4; n++) await api.call('GET /sessions', { key: `wrong-key-${n}`, sourceIp });
    expect((await api.call('GET /webhooks', { key: 'wrong-key-9', sourceIp })).status).toBe(429);
    expect((await api.call('GET /webhooks', { key: api.otherKey, sourceIp })).status).toBe(429);
  });
});

describe('networkOf', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
