import { describe, expect, it } from 'vitest';
import { SessionUidSchema } from '#core/domain/ids.ts';
import { ArrivalNumbers } from '../../../connector/inbound/arrival-numbers.ts';

const uid = SessionUidSchema.parse('a'.repeat(24));
const other = SessionUidSchema.parse('b'.repeat(24));

describe('ArrivalNumbers', () => {
  it('grow within a session and from owner to owner', () => {
    const first = new ArrivalNumbers(7);
    const next = new ArrivalNumbers(8);
    const numbers = [first.next(uid), first.next(uid), next.next(uid)];
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(new Set(numbers).size).toBe(3);
    expect(first.next(other)).toBe(numbers[0]);
  });

  it('are exact up to an epoch of two million', () => {
    const late = new ArrivalNumbers(2_000_000);
    expect(Number.isSafeInteger(late.next(uid))).toBe(true);
  });
});
