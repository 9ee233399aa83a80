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
  const authenticate = makeAuthenticate({
    clock,
    keys: {
      findApiKey: async (hash) => {
        asked.push(hash);
        return keys.get(hash);
      },
    },
  });
  return { clock, keys, asked, authenticate };
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
    const { authenticate, asked } = testBed();
    for (const headers of [{}, { authorization: 'Bearer ' }, { 'x-api-key': ' ' }]) {
      await expect(authenticate(headers)).rejects.toMatchObject({ code: 104, status: 401 });
    }
    expect(asked).toEqual([]);
  });
  it('does not believe a row whose hash is another', async () => {
    const { authenticate, keys } = testBed();
    keys.set(hashApiKey('other-key'), rowOf(hashApiKey('good-key')));
    await expect(authenticate({ apikey: 'other-key' })).rejects.toMatchObject({ code: 190 });
  });
  it('says when a key is cut off or mistyped', async () => {
    const { authenticate } = testBed();
    await expect(authenticate({ apikey: `pombo_${'0'.repeat(47)}` })).rejects.toMatchObject({
      details: expect.stringContaining('mistyped') as string,
    });
  });
});
