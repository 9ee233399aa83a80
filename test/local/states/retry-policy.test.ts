import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideRetry } from '../../../local/states/retry-policy.ts';
import { errorMatches } from '../../../local/states/states-error.ts';

describe('decideRetry', () => {
  it('never waits longer than MaxDelaySeconds nor more often than MaxAttempts', () => {
    const policy = fc.record({
      interval: fc.integer({ min: 1, max: 100 }),
      rate: fc.double({ min: 1, max: 4, noNaN: true }),
      attempts: fc.integer({ min: 0, max: 10 }),
      most: fc.integer({ min: 1, max: 100 }),
      jitter: fc.constantFrom<'FULL' | 'NONE'>('FULL', 'NONE'),
      used: fc.integer({ min: 0, max: 12 }),
      random: fc.double({ min: 0, max: 0.999, noNaN: true }),
    });
    fc.assert(
      fc.property(policy, ({ interval, rate, attempts, most, jitter, used, random }) => {
        const retrier = {
          ErrorEquals: ['E'],
          IntervalSeconds: interval,
          BackoffRate: rate,
          MaxAttempts: attempts,
          MaxDelaySeconds: most,
          JitterStrategy: jitter,
        };
        const decision = decideRetry([retrier], 'E', { 0: used }, () => random);
        if (used >= attempts) {
          expect(decision).toBeUndefined();
          return;
        }
        const full = Math.min(interval * rate ** used, most) * 1000;
        expect(decision?.delayMs).toBe(jitter === 'FULL' ? full * random : full);
      }),
    );
  });

  it('counts each retrier by itself', () => {
    const retriers = [{ ErrorEquals: ['A'], MaxAttempts: 1 }, { ErrorEquals: ['States.ALL'] }];
    expect(decideRetry(retriers, 'A', { 0: 1 }, () => 0)).toBeUndefined();
    expect(decideRetry(retriers, 'B', { 0: 1 }, () => 0)).toEqual({ retrier: 1, delayMs: 1000 });
  });
});

describe('errorMatches', () => {
  it.each([
    [['States.ALL'], 'Anything', true],
    [['States.ALL'], 'States.Timeout', true],
    [['States.ALL'], 'States.DataLimitExceeded', false],
    [['States.DataLimitExceeded'], 'States.DataLimitExceeded', true],
    [['States.Runtime'], 'States.Runtime', false],
    [['States.TaskFailed'], 'Mine', true],
    [['States.TaskFailed'], 'States.Timeout', false],
    [['States.Timeout'], 'States.HeartbeatTimeout', true],
    [['Other'], 'Mine', false],
  ])('says for %j and %s: %s', (names, error, expected) => {
    expect(errorMatches(names, error)).toBe(expected);
  });
});
