import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeProbe } from '../../../functions/health/write-probe.ts';
import { startTables, type Tables } from '../../support/dynamo-tables.ts';

describe('writeProbe', () => {
  let tables: Tables;
  beforeAll(async () => {
    tables = await startTables('limits');
  });
  afterAll(() => tables.stop());
  const probe = (nowMs: number) => writeProbe({ dynamo: tables.dynamo, limitsTable: 'limits', nowMs });

  it('writes one row again and again, which expires', async () => {
    await probe(1_000);
    await probe(60_000);
    const { Item } = await tables.dynamo.send(new GetCommand({ TableName: 'limits', Key: { limit: 'health' } }));
    expect(Item).toEqual({ limit: 'health', writtenAtMs: 60_000, expiresAt: 3_660 });
  });

  it('fails when tables can be read and not written', async () => {
    tables.dynamo.middlewareStack.add(
      (next, { commandName = '' }) =>
        (input) =>
          commandName.startsWith('Put') ? Promise.reject(new Error('the disk is full')) : next(input),
      { step: 'initialize' },
    );
    await expect(tables.rows('limits')).resolves.toHaveLength(1);
    await expect(probe(0)).rejects.toThrow('the disk is full');
  });
});
