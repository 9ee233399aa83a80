import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EndpointStateRowSchema } from '#core/contracts/rows/endpoint-state-row.ts';
import { drainRate, isClosedOff, probeDelayMs, reasonToOpen, warningDue } from '#core/domain/delivery/breaker.ts';

const state = (more: object) =>
  EndpointStateRowSchema.parse({
    endpointId: `wh_${'0'.repeat(24)}`,
    breaker: 'closed',
    generation: 0,
    updatedAtMs: 0,
    ...more,
  });
const HOUR = 3600_000;

describe('the breaker', () => {
  it('opens at seven of ten failures within a minute, or at five timeouts in a row, and not before', () => {
    expect(reasonToOpen(state({ windowAttempts: 10, windowFailures: 7 }))).toContain('7 of 10');
    expect(reasonToOpen(state({ windowAttempts: 10, windowFailures: 6 }))).toBeUndefined();
    expect(reasonToOpen(state({ windowAttempts: 9, windowFailures: 8 }))).toBeUndefined();
    expect(reasonToOpen(state({ windowAttempts: 5, windowFailures: 5 }))).toContain('none went well');
    expect(reasonToOpen(state({ windowAttempts: 4, windowFailures: 4 }))).toBeUndefined();
    expect(reasonToOpen(state({ timeoutsInRow: 5 }))).toContain('5 timeouts');
    expect(reasonToOpen(state({ timeoutsInRow: 4 }))).toBeUndefined();
  });
  it('probes after 5, 10, 20 and 40 s, then within a minute, and after a day each five minutes', () => {
    const at = (probes: number, openForMs = 0) => probeDelayMs(probes, openForMs, () => 0.5) / 1000;
    expect([at(0), at(1), at(2), at(3), at(4), at(400)]).toEqual([5, 10, 20, 40, 48, 48]);
    expect(at(2000, 24 * HOUR)).toBe(300);
    fc.assert(
      fc.property(fc.nat(1000), fc.double({ min: 0, max: 0.999_999, noNaN: true }), (probes, dice) => {
        expect(probeDelayMs(probes, 0, () => dice)).toBeLessThanOrEqual(58_000);
      }),
    );
  });
  it('drains at 5 a second, twice as fast each half minute, up to the endpoint’s rate', () => {
    expect([0, 29_999, 30_000, 60_000, 90_000, 600_000].map((ms) => drainRate(ms, 50))).toEqual([5, 5, 10, 20, 40, 50]);
    expect(drainRate(0, 2)).toBe(2);
  });
  it('warns after five minutes, an hour, a day and two days', () => {
    expect([0, HOUR / 12, HOUR, 23 * HOUR, 24 * HOUR, 60 * HOUR].map(warningDue)).toEqual([
      undefined,
      5 / 60,
      1,
      1,
      24,
      48,
    ]);
  });
  it('closes an endpoint off while it is open or asked for patience', () => {
    expect(isClosedOff(undefined, 5)).toBe(false);
    expect(isClosedOff(state({ breaker: 'open' }), 5)).toBe(true);
    expect(isClosedOff(state({ breaker: 'draining' }), 5)).toBe(false);
    expect(isClosedOff(state({ notBeforeMs: 6 }), 5)).toBe(true);
    expect(isClosedOff(state({ notBeforeMs: 5 }), 5)).toBe(false);
  });
});
