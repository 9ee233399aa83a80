import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchesOf } from '#core/adapters/sqs/batches-of.ts';

describe('batchesOf', () => {
  it('keeps order and SQS’s limits for any messages', () => {
    const sizes = fc.array(fc.constantFrom(10, 100_000, 400_000, 1_040_000), { maxLength: 40 });
    fc.assert(
      fc.property(sizes, (list) => {
        const messages = list.map((size, id) => ({ id, MessageBody: 'x'.repeat(size) }));
        const batches = batchesOf(messages);
        expect(batches.flat()).toEqual(messages);
        for (const batch of batches) {
          const bytes = batch.reduce((sum, { MessageBody }) => sum + MessageBody.length, 0);
          expect(batch.length).toBeLessThanOrEqual(10);
          expect(bytes).toBeLessThanOrEqual(1024 * 1024);
        }
      }),
      { numRuns: 30 },
    );
  });
});
