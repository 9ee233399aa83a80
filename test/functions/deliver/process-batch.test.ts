import type { SQSRecord } from 'aws-lambda';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { processBatch } from '../../../functions/deliver/process-batch.ts';

const record = (messageId: string, group?: string): SQSRecord =>
  ({ messageId, attributes: group === undefined ? {} : { MessageGroupId: group } }) as unknown as SQSRecord;
const idsOf = (failed: readonly SQSRecord[]): string[] => failed.map(({ messageId }) => messageId);

describe('processBatch', () => {
  it('runs groups side by side and a group one after the other', async () => {
    const log: string[] = [];
    const gates = new Map<string, () => void>();
    const done = processBatch([record('a1', 'a'), record('a2', 'a'), record('b1', 'b')], 'ordered', async (one) => {
      log.push(`start ${one.messageId}`);
      await new Promise<void>((resolve) => gates.set(one.messageId, resolve));
      log.push(`end ${one.messageId}`);
    });
    expect(log).toEqual(['start a1', 'start b1']);
    for (const id of ['b1', 'a1', 'a2']) {
      while (!gates.has(id)) await Promise.resolve();
      gates.get(id)?.();
      await new Promise(setImmediate);
    }
    expect(await done).toEqual([]);
    expect(log).toEqual(['start a1', 'start b1', 'end b1', 'end a1', 'start a2', 'end a2']);
  });
  it('returns the rest of a group after a failure, unseen, and no other group', async () => {
    const seen: string[] = [];
    const records = [record('a1', 'a'), record('b1', 'b'), record('a2', 'a'), record('a3', 'a')];
    const answer = await processBatch(records, 'ordered', async ({ messageId }) => {
      seen.push(messageId);
      if (messageId === 'a2') throw new Error('no table');
    });
    expect(idsOf(answer)).toEqual(['a2', 'a3']);
    expect(seen.toSorted()).toEqual(['a1', 'a2', 'b1']);
  });
  it('runs records of the fair lane side by side, although they have a group', async () => {
    const answer = await processBatch([record('1', 'a'), record('2', 'a')], 'unordered', async ({ messageId }) => {
      if (messageId === '1') throw new Error('no');
    });
    expect(idsOf(answer)).toEqual(['1']);
  });
  it('never acknowledges a record of a group behind one that comes again, for any batch', async () => {
    const plan = fc.array(
      fc.record({ group: fc.constantFrom('a', 'b', 'c'), result: fc.constantFrom('done', 'throw') }),
      { maxLength: 10 },
    );
    await fc.assert(
      fc.asyncProperty(plan, async (list) => {
        const records = list.map(({ group }, index) => record(String(index), group));
        const failed = new Set(
          idsOf(
            await processBatch(records, 'ordered', async ({ messageId }) => {
              const { result } = list[Number(messageId)]!;
              if (result === 'throw') throw new Error('no');
            }),
          ).map(Number),
        );
        for (const [index, { group, result }] of list.entries()) {
          const behind = list.slice(0, index).some((earlier) => earlier.group === group && earlier.result === 'throw');
          expect(failed.has(index)).toBe(behind || result === 'throw');
        }
      }),
    );
  });
});
