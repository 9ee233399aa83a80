import { describe, expect, it } from 'vitest';
import { compareReleases } from '../../../connector/shards/release-order.ts';

describe('compareReleases', () => {
  it.each([
    ['0.1.0', '0.2.0', -1],
    ['0.10.0', '0.9.9', 1],
    ['1.0.0', '1.0.0', 0],
    ['1.0.0-rc.1', '1.0.0', 0],
    ['v2', '1.9.9', 1],
    ['unknown', '0.0.0', 0],
  ])('%s and %s', (one, other, expected) => {
    expect(Math.sign(compareReleases(one, other))).toBe(expected);
    expect(Math.sign(compareReleases(other, one))).toBe(-expected + 0);
  });
});
