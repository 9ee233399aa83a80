import { describe, expect, it } from 'vitest';
import { makeMediaRepository } from '#core/adapters/dynamodb/media-repository.ts';
import { systemClock } from '#core/domain/clock.ts';
import { AccountIdSchema, MediaIdSchema, SessionIdSchema, SessionUidSchema } from '#core/domain/ids.ts';
import { tableWith } from '../../../support/table-with.ts';

const rowOf = (claim: string) => ({
  mediaId: MediaIdSchema.parse('12345678901234567890'),
  accountId: AccountIdSchema.parse('123456789012345678'),
  sessionId: SessionIdSchema.parse('5511988880000'),
  sessionUid: SessionUidSchema.parse('a'.repeat(24)),
  source: 'link' as const,
  state: 'arriving' as const,
  mimeType: '',
  claim,
  sinceMs: systemClock.now(),
  expiresAt: Math.ceil(systemClock.now() / 1000) + 3600,
});

const mediaIn = (there: object) =>
  makeMediaRepository({ dynamo: tableWith(there), tableName: 'media', clock: systemClock });

describe('claim', () => {
  it('tells of a file that somebody else is fetching', async () => {
    const there = rowOf('theirs');
    expect(await mediaIn(there).claim(rowOf('mine'), { staleMs: 0 })).toEqual(there);
  });

  it('tells of one that was claimed before claims had names', async () => {
    const { claim: _claim, ...there } = rowOf('');
    expect(await mediaIn(there).claim(rowOf('mine'), { staleMs: 0 })).toEqual(there);
  });

  it('knows its own again, which the SDK’s second attempt finds when the answer to the first was lost', async () => {
    expect(await mediaIn(rowOf('mine')).claim(rowOf('mine'), { staleMs: 0 })).toBeUndefined();
  });
});
