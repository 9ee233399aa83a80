import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApiKeySchema, hashApiKey, isMistypedApiKey, newApiKey, sameHash } from '#core/domain/api-key.ts';

describe('an API key', () => {
  it('is of its own form and never mistyped', () => {
    const key = newApiKey(randomBytes);
    expect(key).toMatch(/^pombo_[0-9a-f]{48}$/);
    expect(isMistypedApiKey(key)).toBe(false);
  });
  it('is recognized as mistyped when one character changes or is lost', () => {
    const bytes = fc.uint8Array({ minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(bytes, fc.integer({ min: 6, max: 53 }), fc.boolean(), (random, at, lose) => {
        const key = newApiKey(() => random);
        const other = key[at] === '0' ? '1' : '0';
        expect(isMistypedApiKey(key.slice(0, at) + (lose ? '' : other) + key.slice(at + 1))).toBe(true);
      }),
    );
  });
  it('may be chosen by the operator, in another form', () => {
    expect(isMistypedApiKey('my-own-key')).toBe(false);
    expect(ApiKeySchema.safeParse('my-own-key').success).toBe(true);
    expect(ApiKeySchema.safeParse('with space').success).toBe(false);
    expect(ApiKeySchema.safeParse('short').success).toBe(false);
  });
  it('is compared by its hash', () => {
    expect(sameHash(hashApiKey('a'), hashApiKey('a'))).toBe(true);
    expect(sameHash(hashApiKey('a'), hashApiKey('b'))).toBe(false);
    expect(sameHash(hashApiKey('a'), 'short')).toBe(false);
  });
});
