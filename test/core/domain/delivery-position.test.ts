import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayStartOf, endpointDayOf, justBefore, justBehind, momentAt, msOf } from '#core/domain/delivery-position.ts';

const ms = fc.integer({ min: 0, max: Date.UTC(2200) });
const eventId = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'.split('')), minLength: 32, maxLength: 32 });
const row = fc.tuple(ms, eventId).map(([atMs, id]) => `${momentAt(atMs)}#${id}`);
/** Rows that are close to each other, where order is easily wrong. */
const near = fc
  .tuple(row, fc.integer({ min: 0, max: 15 }))
  .map(([one, digit]) => `${one.slice(0, -1)}${digit.toString(16)}`);

describe('positions of deliveries', () => {
  it('sort as time does', () => {
    fc.assert(
      fc.property(ms, ms, row, (a, b, one) => {
        expect(momentAt(a) < momentAt(b)).toBe(a < b);
        expect(momentAt(msOf(one)) < one && one < momentAt(msOf(one) + 1)).toBe(true);
      }),
    );
  });

  it('have neighbours between which there is no row', () => {
    const check = (one: string, other: string): void => {
      expect(other <= justBefore(one)).toBe(other < one);
      expect(other >= justBehind(one)).toBe(other > one);
    };
    fc.assert(fc.property(row, row, check));
    fc.assert(
      fc.property(near, (one) => {
        for (const digit of '0123456789abcdef') check(one, `${one.slice(0, -1)}${digit}`);
      }),
    );
  });

  it('lie in the partition of their UTC day', () => {
    expect(endpointDayOf('wh_1', Date.UTC(2026, 10, 20, 23, 59, 59, 999))).toBe('wh_1#2026-11-20');
    expect(dayStartOf(Date.UTC(2026, 10, 20, 23, 59))).toBe(Date.UTC(2026, 10, 20));
  });
});
