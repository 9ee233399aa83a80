import { describe, expect, it } from 'vitest';
import { RELAXED_PARTS } from './relaxations.ts';

describe.each(RELAXED_PARTS)('each relaxation of Meta’s description of $part', ({ relaxations, validator }) => {
  it.each(relaxations)('is needed: $name', ({ name, example, quirk }) => {
    expect(quirk.length).toBeGreaterThan(20);
    expect(validator(relaxations)(example)).toEqual([]);
    const others = relaxations.filter((relaxation) => relaxation.name !== name);
    expect(refusedBy(() => validator(others)(example))).toBe(true);
  });

  it('has a name of its own', () => {
    expect(new Set(relaxations.map(({ name }) => name)).size).toBe(relaxations.length);
  });
});

/** Violations, or a check that never ends. */
function refusedBy(check: () => readonly string[]): boolean {
  try {
    return check().length > 0;
  } catch (error) {
    return error instanceof RangeError;
  }
}
