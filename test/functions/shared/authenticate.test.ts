import { describe, expect, it } from 'vitest';
import { ApiKeyRowSchema } from '#core/contracts/rows/account-row.ts';
import { hashApiKey } from '#core/domain/api-key.ts';
import { makeAuthenticate } from '../../../functions/shared/authenticate.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';

const rowOf = (keyHash: string) =>
  ApiKeyRowSchema.parse({
    apiKeyId: 'key_0123456789abcdef',
    accountId: '123456789012345678',
    keyHash,
    name: '',
    createdAtMs: 0,
  });

function testBed() {
  const clock = new VirtualClock(0);
  const keys = new Map([[hashApiKey('good-key'), rowOf(hashApiKey('good-key'))]]);
  const asked: string[] = [];
  const failed: string[] = [];
  const authenticateFrom = makeAuthenticate({
    clock,
    failedLogins: {
      refuseOver: () => undefined,
      count: async (sourceIp) => {
        failed.push(sourceIp);
      },
    },
    keys: {
      findApiKey: async (hash) => {
        asked.push(hash);
        return keys.get(hash);
      },
    },
  });
  const authenticate = (headers: Record<string, string>) => authenticateFrom({ headers, sourceIp: '192.0.2.7' });
  return { clock, keys, asked, failed, authenticate };
}

describe('makeAuthenticate', () => {
  it('looks a key up by its hash once in 60 s', async () => {
    const { authenticate, asked, clock, keys } = testBed();
    const caller = { accountId: '123456789012345678', apiKeyId: 'key_0123456789abcdef' };
    expect(await authenticate({ 'x-api-key': 'good-key' })).toEqual(caller);
    keys.clear();
    await clock.advance(59_999);
    expect(await authenticate({ apikey: 'good-key' })).toEqual(caller);
    expect(asked).toEqual([hashApiKey('good-key')]);
    await clock.advance(1);
    await expect(authenticate({ apikey: 'good-key' })).rejects.toMatchObject({ code: 190 });
  });
  it('prefers the bearer token', async () => {
    const { authenticate } = testBed();
    await expect(authenticate({ authorization: 'Bearer bad-key-1', apikey: 'good-key' })).rejects.toMatchObject({
      code: 190,
      status: 401,
    });
    await expect(authenticate({ authorization: 'Basic xyz', apikey: 'good-key' })).resolves.toBeDefined();
  });
  it('asks for a key when there is none', async () => {
    const { authenticate, asked, failed } = testBed();
    for (const headers of [{}, { authorization: 'Bearer ' }, { 'x-api-key': ' ' }] as Record<string, string>[]) {
      await expect(authenticate(headers)).rejects.toMatchObject({ code: 104, status: 401 });
    }
    expect(asked).toEqual([]);
    expect(failed).toEqual([]);
  });
  it('does not believe a row whose hash is another', async () => {
    const { authenticate, keys } = testBed();
    keys.set(hashApiKey('other-key'), rowOf(hashApiKey('good-key')));
    await expect(authenticate({ apikey: 'other-key' })).rejects.toMatchObject({ code: 190 });
  });
  it('counts wrong keys by their address, before it says so, and does not look a long one up', async () => {
    const { authenticate, asked, failed } = testBed();
    await expect(authenticate({ apikey: 'bad-key-1' })).rejects.toMatchObject({ code: 190 });
    await expect(authenticate({ apikey: 'x'.repeat(2000) })).rejects.toMatchObject({ code: 190 });
    await authenticate({ apikey: 'good-key' });
    expect(failed).toEqual(['192.0.2.7', '192.0.2.7']);
    expect(asked).toHaveLength(2);
  });
  it('says when a key is cut off or mistyped', async () => {
    const { authenticate } = testBed();
    await expect(authenticate({ apikey: `pombo_${'0'.repeat(47)}` })).rejects.toMatchObject({
      details: expect.stringContaining('mistyped') as string,
    });
  });
});
