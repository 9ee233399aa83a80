import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import type { Statistic } from '../../../local/cloudwatch/metric-bucket.ts';
import { MetricStore, MINUTE_MS, WINDOW_MS } from '../../../local/cloudwatch/metric-store.ts';

/** 2026-11-20T00:00:00Z */
const START_MS = 1_795_132_800_000;
const id = { namespace: 'Pombo', name: 'Latency', dimensions: {} };
const range = { ...id, startMs: START_MS, endMs: START_MS + 60 * MINUTE_MS, periodMs: MINUTE_MS };

function setUp() {
  const clock = new VirtualClock(START_MS);
  return { clock, store: new MetricStore(clock) };
}

describe('the metric store', () => {
  it('gives one value for each period that has samples, oldest first', () => {
    const { store } = setUp();
    for (const [minute, value] of [
      [5, 30],
      [0, 10],
      [1, 20],
    ] as const) {
      store.record({ ...id, value, atMs: START_MS + minute * MINUTE_MS + 59_999 });
    }
    expect(store.statistics({ ...range, statistic: 'Sum' })).toEqual([
      { atMs: START_MS, value: 10 },
      { atMs: START_MS + MINUTE_MS, value: 20 },
      { atMs: START_MS + 5 * MINUTE_MS, value: 30 },
    ]);
    expect(store.statistics({ ...range, periodMs: 5 * MINUTE_MS, statistic: 'Average' })).toEqual([
      { atMs: START_MS, value: 15 },
      { atMs: START_MS + 5 * MINUTE_MS, value: 30 },
    ]);
  });

  it('looks from the start inclusive to the end exclusive', () => {
    const { store } = setUp();
    for (const minute of [0, 1, 2, 3]) store.record({ ...id, value: minute, atMs: START_MS + minute * MINUTE_MS });
    const two = { startMs: START_MS + MINUTE_MS, endMs: START_MS + 3 * MINUTE_MS };
    expect(store.statistics({ ...range, ...two, statistic: 'Sum' }).map(({ value }) => value)).toEqual([1, 2]);
  });

  it('computes every statistic as from the single samples', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 50 }), (values) => {
        const { store } = setUp();
        for (const [index, value] of values.entries()) {
          store.record({ ...id, value, atMs: START_MS + (index % 5) * MINUTE_MS });
        }
        const of = (statistic: Statistic) =>
          store.statistics({ ...range, periodMs: 5 * MINUTE_MS, statistic })[0]?.value;
        const sorted = values.toSorted((a, b) => a - b);
        const sum = values.reduce((a, b) => a + b, 0);
        expect([of('SampleCount'), of('Sum'), of('Minimum'), of('Maximum')]).toEqual([
          values.length,
          sum,
          sorted[0],
          sorted.at(-1),
        ]);
        expect(of('Average')).toBeCloseTo(sum / values.length, 9);
        expect(of('p90')).toBe(sorted[Math.ceil(0.9 * values.length) - 1]);
      }),
    );
  });

  it('tells metrics apart by dimensions in any order, and by unit when asked', () => {
    const { store } = setUp();
    store.record({ ...id, dimensions: { a: '1', b: '2' }, value: 1, unit: 'Count' });
    store.record({ ...id, dimensions: { b: '2', a: '1' }, value: 2, unit: 'Seconds' });
    store.record({ ...id, dimensions: { a: '1' }, value: 4 });
    const sum = (dimensions: Record<string, string>, unit?: string) =>
      store.statistics({ ...range, dimensions, unit, statistic: 'Sum' })[0]?.value;
    expect(sum({ a: '1', b: '2' })).toBe(3);
    expect(sum({ a: '1', b: '2' }, 'Seconds')).toBe(2);
    expect(sum({ a: '1' })).toBe(4);
    expect(sum({})).toBeUndefined();
    expect(store.metrics()).toHaveLength(2);
  });

  it('knows no percentile of samples that came summed up, unless they are all the same', () => {
    const { store } = setUp();
    const p50 = () => store.statistics({ ...range, statistic: 'p50' });
    store.recordSet(id, { sampleCount: 3, sum: 15, minimum: 5, maximum: 5 });
    expect(p50()).toEqual([{ atMs: START_MS, value: 5 }]);
    store.recordSet(id, { sampleCount: 2, sum: 10, minimum: 1, maximum: 9 });
    expect(p50()).toEqual([]);
    expect(store.statistics({ ...range, statistic: 'Average' })).toEqual([{ atMs: START_MS, value: 5 }]);
  });

  it('forgets after three hours', async () => {
    const { clock, store } = setUp();
    store.record({ ...id, value: 1 });
    await clock.advance(WINDOW_MS + MINUTE_MS);
    expect(store.metrics()).toEqual([]);
    store.record({ ...id, value: 1, atMs: START_MS });
    expect(store.metrics()).toEqual([]);
  });

  it('has a namespace fed before it is read', () => {
    const { store } = setUp();
    let depth = 7;
    const stop = store.feed('Pombo', () => store.record({ ...id, value: depth }));
    const maximum = () => store.statistics({ ...range, statistic: 'Maximum' })[0]?.value;
    expect(maximum()).toBe(7);
    depth = 9;
    expect(maximum()).toBe(9);
    stop();
    depth = 11;
    expect(maximum()).toBe(9);
  });
});
