import { describe, expect, it } from 'vitest';
import { makeSessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import { AccountIdSchema, SessionIdSchema, SessionUidSchema } from '#core/domain/ids.ts';
import { tableWith } from '../../../support/table-with.ts';

const rowOf = (uid: string): SessionRow => ({
  sessionId: SessionIdSchema.parse('5511988880000'),
  sessionUid: SessionUidSchema.parse(uid.repeat(24)),
  accountId: AccountIdSchema.parse('123456789012345678'),
  shard: 0,
  desired: 'running',
  status: 'created',
  sinceMs: 1,
  createdAtMs: 1,
});

const sessionsIn = (there: SessionRow) => makeSessionRepository({ dynamo: tableWith(there), tableName: 'sessions' });

describe('create', () => {
  it('refuses an id that another session has', async () => {
    expect(await sessionsIn(rowOf('a')).create(rowOf('b'))).toBe(false);
  });

  it('knows its own row again, which the SDK’s second attempt finds when the answer to the first was lost', async () => {
    expect(await sessionsIn(rowOf('a')).create(rowOf('a'))).toBe(true);
  });
});
