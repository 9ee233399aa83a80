import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readByteRange, segmentsWithin } from '../../../local/s3/byte-range.ts';

describe('readByteRange', () => {
  it.each([
    ['bytes=0-0', { start: 0, end: 0 }],
    ['bytes=5-', { start: 5, end: 9 }],
    ['bytes=-4', { start: 6, end: 9 }],
    ['bytes=-40', { start: 0, end: 9 }],
    ['bytes=8-40', { start: 8, end: 9 }],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=4-3', undefined],
    ['bytes=-', undefined],
    ['bytes=0-1,3-4', undefined],
    ['items=0-1', undefined],
    [undefined, undefined],
  ])('reads %j of ten bytes', (header, expected) => {
    expect(readByteRange(header, 10)).toEqual(expected);
  });
});

describe('segmentsWithin', () => {
  it('takes exactly the bytes of the range from the segments', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(sizes, fc.nat(60), fc.nat(60), (lengths, a, b) => {
        const all = lengths.flatMap((size, file) => Array.from({ length: size }, (_, at) => `${file}:${at}`));
        const [start, end] = [Math.min(a, b), Math.min(Math.max(a, b), all.length - 1)];
        const segments = lengths.map((size, file) => ({ file: String(file), size }));
        const taken = segmentsWithin(segments, { start, end }).flatMap((slice) =>
          Array.from({ length: slice.end - slice.start + 1 }, (_, at) => `${slice.file}:${slice.start + at}`),
        );
        expect(taken).toEqual(all.slice(start, end + 1));
      }),
    );
  });
});
