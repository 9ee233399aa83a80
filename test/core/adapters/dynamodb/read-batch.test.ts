import type { BatchGetCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { readBatch } from '#core/adapters/dynamodb/read-batch.ts';

const TABLE = 'rows';
const keys = (count: number): { pk: string }[] => Array.from({ length: count }, (_, n) => ({ pk: `row ${n}` }));

/** A table that has every row and reads `most` of them in a call, as DynamoDB does when it is throttled or an answer grows to 16 MB. */
function tableReading(most: number) {
  const asked: number[] = [];
  const send = async ({ input }: BatchGetCommand) => {
    const { Keys = [], ConsistentRead } = input.RequestItems?.[TABLE] ?? {};
    asked.push(Keys.length);
    expect(ConsistentRead).toBe(true);
    const left = Keys.slice(most);
    return {
      Responses: { [TABLE]: Keys.slice(0, most) },
      UnprocessedKeys: left.length > 0 ? { [TABLE]: { Keys: left } } : {},
    };
  };
  return { asked, dynamo: { send } as unknown as DynamoDBDocumentClient };
}

const read = (dynamo: DynamoDBDocumentClient, count: number) =>
  readBatch({ dynamo, tableName: TABLE, keys: keys(count), consistent: true });

describe('readBatch', () => {
  it('asks for a hundred at a time', async () => {
    const { dynamo, asked } = tableReading(100);
    expect(await read(dynamo, 250)).toEqual(keys(250));
    expect(asked).toEqual([100, 100, 50]);
  });

  it('asks again for what was left undone', async () => {
    const { dynamo, asked } = tableReading(40);
    const found = await read(dynamo, 120);
    expect(new Set(found.map(({ pk }) => pk)).size).toBe(120);
    expect(asked).toEqual([100, 80, 40]);
  });

  it('asks for nothing when there is nothing to read', async () => {
    const { dynamo, asked } = tableReading(100);
    expect(await read(dynamo, 0)).toEqual([]);
    expect(asked).toEqual([]);
  });

  it('fails when a call does nothing', async () => {
    const { dynamo } = tableReading(0);
    await expect(read(dynamo, 3)).rejects.toThrow('nothing of a batch');
  });
});
