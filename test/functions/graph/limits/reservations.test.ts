import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bucket } from '#core/adapters/dynamodb/token-bucket.ts';
import { levelOf, takeOf, untilMs } from '#core/domain/limits/gcra.ts';
import { makeReservations } from '../../../../functions/graph/limits/reservations.ts';
import { VirtualClock } from '../../../../local/clock/virtual-clock.ts';

/** One bucket in memory, with GCRA on paper: what the table does in one write is one step here. */
function sharedBucket(clock: VirtualClock) {
  let tat: number | undefined;
  let takes = 0;
  return {
    takes: () => takes,
    level: (bucket: Bucket) => levelOf(bucket, tat, clock.now()),
    takeUpTo: async (bucket: Bucket, wanted: number) => {
      takes += 1;
      const nowMs = clock.now();
      const tokens = Math.min(wanted, levelOf(bucket, tat, nowMs).left);
      if (tokens === 0) return { tokens, retryAfterMs: untilMs(bucket, tat ?? nowMs, { tokens: 1, nowMs }) };
      const take = takeOf(bucket, tokens, nowMs);
      tat = Math.max(tat ?? nowMs, nowMs) + take.tokensMs;
      return { tokens, retryAfterMs: 0 };
    },
  };
}

const sourceOf = (perSecond: number, burst: number) => ({ bucket: { key: 'b', perSecond, burst }, first: 10 });

describe('makeReservations', () => {
  it('serves many messages with one take, and more with each that was used up', async () => {
    const clock = new VirtualClock(0);
    const shared = sharedBucket(clock);
    const reservations = makeReservations({ buckets: shared, clock });
    const source = sourceOf(10, 1000);
    for (let n = 0; n < 130; n++) expect(await reservations.spend(source)).toBe(0);
    // 10, 20, 40, and 5 % of 1,000 at most.
    expect(shared.takes()).toBe(5);
    expect(reservations.held(source.bucket)).toBe(10 + 20 + 40 + 50 + 50 - 130);
  });
  it('takes one at a time from a bucket with few, and none before it is asked', async () => {
    const clock = new VirtualClock(0);
    const shared = sharedBucket(clock);
    const reservations = makeReservations({ buckets: shared, clock });
    const source = sourceOf(1, 39);
    await reservations.prepare(source);
    await reservations.prepare(source);
    expect(shared.takes()).toBe(1);
    await reservations.spend(source);
    expect(reservations.held(source.bucket)).toBe(0);
  });
  it('asks once for a crowd', async () => {
    const clock = new VirtualClock(0);
    const shared = sharedBucket(clock);
    const reservations = makeReservations({ buckets: shared, clock });
    await Promise.all(Array.from({ length: 10 }, () => reservations.spend(sourceOf(10, 1000))));
    expect(shared.takes()).toBe(1);
  });
  it('forgets what it has not spent within a minute', async () => {
    const clock = new VirtualClock(0);
    const reservations = makeReservations({ buckets: sharedBucket(clock), clock });
    const source = sourceOf(10, 1000);
    await reservations.spend(source);
    await clock.advance(59_999);
    expect(reservations.held(source.bucket)).toBe(9);
    await clock.advance(1);
    expect(reservations.held(source.bucket)).toBe(0);
  });
  it('never spends more than the bucket gave out, in any number of processes, and what it puts back is spent again', async () => {
    const step = fc.record({
      process: fc.nat(7),
      waitMs: fc.oneof(fc.constant(0), fc.nat(2000), fc.constant(70_000)),
      isPutBack: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 150 }),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 20 }),
        async (steps, burst, perSecond) => {
          const clock = new VirtualClock(0);
          const shared = sharedBucket(clock);
          const processes = Array.from({ length: 8 }, () => makeReservations({ buckets: shared, clock }));
          const source = sourceOf(perSecond, burst);
          const most = Math.max(1, Math.floor(burst * 0.05));
          const spentAt: number[] = [];
          for (const { process, waitMs, isPutBack } of steps) {
            await clock.advance(waitMs);
            const reservations = processes[process]!;
            const wait = await reservations.spend(source);
            if (wait > 0) {
              expect(shared.level(source.bucket).left).toBe(0);
              continue;
            }
            if (isPutBack) reservations.putBack(source);
            else spentAt.push(clock.now());
            expect(spentAt.length).toBeLessThanOrEqual(burst + (clock.now() / 1000) * perSecond + 1e-6);
          }
          // In any stretch of time, at most what eight may have held is above the bucket.
          const isTooMany = spentAt.some((fromMs, n) =>
            spentAt.some(
              (toMs, m) => m >= n && m - n + 1 > burst + ((toMs - fromMs) / 1000) * perSecond + 8 * most + 1e-6,
            ),
          );
          expect(isTooMany).toBe(false);
        },
      ),
      { numRuns: 40 },
    );
  }, 60_000);
});
