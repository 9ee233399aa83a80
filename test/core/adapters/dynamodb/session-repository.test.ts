import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { makeSessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import { AccountIdSchema, SessionIdSchema, SessionUidSchema } from '#core/domain/ids.ts';

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

/** A table in which this row is already. */
const tableWith = (there: SessionRow) =>
  makeSessionRepository({
    dynamo: {
      async send(command: unknown) {
        if (!(command instanceof PutCommand)) return { Item: there };
        throw new ConditionalCheckFailedException({ message: 'there is one', $metadata: {} });
      },
    } as unknown as DynamoDBDocumentClient,
    tableName: 'sessions',
  });

describe('create', () => {
  it('refuses an id that another session has', async () => {
    expect(await tableWith(rowOf('a')).create(rowOf('b'))).toBe(false);
  });

  it('knows its own row again, which the SDK’s second attempt finds when the answer to the first was lost', async () => {
    expect(await tableWith(rowOf('a')).create(rowOf('a'))).toBe(true);
  });
});
