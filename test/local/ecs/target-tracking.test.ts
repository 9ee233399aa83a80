import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TargetTracking, type TrackingPolicy, type Usage } from '../../../local/ecs/target-tracking.ts';

const MINUTE_MS = 60_000;
const cpu: TrackingPolicy = {
  metric: 'cpu',
  target: 60,
  scaleOutCooldownMs: 3 * MINUTE_MS,
  scaleInCooldownMs: 60 * MINUTE_MS,
  scalesIn: true,
};
const memory: TrackingPolicy = { ...cpu, metric: 'memory', target: 70 };
const policies = [cpu, memory];

/** Counts after each minute, each task using the same. */
function counts(tracking: TargetTracking, usages: readonly Usage[], from = 1): number[] {
  let count = from;
  return usages.map((usage, minute) => {
    count = tracking.minute(count, Array<Usage>(count).fill(usage), minute * MINUTE_MS);
    return count;
  });
}
const minutes = (number: number, usage: Usage): Usage[] => Array<Usage>(number).fill(usage);
const idle = { cpu: 5, memory: 30 };

describe('TargetTracking', () => {
  it('wants more after three minutes above a target, and as many as bring it back', () => {
    const tracking = new TargetTracking({ policies, min: 1, max: 10 });
    expect(counts(tracking, minutes(3, { cpu: 100, memory: 30 }))).toEqual([1, 1, 2]);
    const full = new TargetTracking({ policies, min: 1, max: 10 });
    expect(counts(full, minutes(3, { cpu: 10, memory: 90 }), 4)).toEqual([4, 4, 6]);
  });

  it('keeps still for two minutes above a target, and at the target', () => {
    const tracking = new TargetTracking({ policies, min: 1, max: 10 });
    expect(
      counts(tracking, [...minutes(2, { cpu: 100, memory: 0 }), idle, ...minutes(2, { cpu: 100, memory: 0 })]),
    ).toEqual([1, 1, 1, 1, 1]);
    expect(counts(new TargetTracking({ policies, min: 1, max: 10 }), minutes(30, { cpu: 60, memory: 70 }), 3)).toEqual(
      Array(30).fill(3),
    );
  });

  it('waits for the cooldown before it wants more again, and stops at the most', () => {
    const tracking = new TargetTracking({ policies, min: 1, max: 4 });
    expect(counts(tracking, minutes(9, { cpu: 100, memory: 0 }))).toEqual([1, 1, 2, 2, 2, 4, 4, 4, 4]);
  });

  it('wants fewer when all policies have been far below for fifteen minutes, once an hour', () => {
    const tracking = new TargetTracking({ policies, min: 1, max: 10 });
    const seen = counts(tracking, minutes(140, { cpu: 20, memory: 40 }), 4);
    expect(seen.slice(0, 14)).toEqual(Array(14).fill(4));
    expect(seen[14]).toBe(3);
    expect(seen[14 + 59]).toBe(3);
    expect(seen[14 + 60]).toBe(2);
  });

  it('keeps its tasks while one policy needs them: idle sessions cost memory only', () => {
    const tracking = new TargetTracking({ policies, min: 1, max: 10 });
    expect(counts(tracking, minutes(100, { cpu: 1, memory: 65 }), 4)).toEqual(Array(100).fill(4));
  });

  it('never wants fewer where a policy forbids it', () => {
    const tracking = new TargetTracking({ policies: [{ ...cpu, scalesIn: false }], min: 1, max: 10 });
    expect(counts(tracking, minutes(60, idle), 4)).toEqual(Array(60).fill(4));
  });

  it('knows nothing without a task', () => {
    expect(new TargetTracking({ policies, min: 1, max: 10 }).minute(2, [], 0)).toBe(2);
  });

  it('stays between the fewest and the most, whatever tasks use', () => {
    const usage = fc.record({
      cpu: fc.double({ min: 0, max: 100, noNaN: true }),
      memory: fc.double({ min: 0, max: 100, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(usage, { maxLength: 200 }), (usages) => {
        const tracking = new TargetTracking({ policies, min: 2, max: 5 });
        for (const count of counts(tracking, usages, 2)) expect(count >= 2 && count <= 5).toBe(true);
      }),
    );
  });
});
