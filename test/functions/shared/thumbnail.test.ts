import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PictureError, type Pixels, shrink } from '../../../functions/shared/thumbnail/pixels.ts';
import { readJpeg } from '../../../functions/shared/thumbnail/read-jpeg.ts';
import { readPng } from '../../../functions/shared/thumbnail/read-png.ts';
import { PICTURE_SIZE, PREVIEW_SIZE, thumbnailOf } from '../../../functions/shared/thumbnail/thumbnail.ts';
import { upright } from '../../../functions/shared/thumbnail/upright.ts';
import { writeJpeg } from '../../../functions/shared/thumbnail/write-jpeg.ts';
import { allowedMs } from '../../support/allowed-ms.ts';
import { flat, picture } from '../../support/pictures.ts';

const QUADRANTS = [
  [220, 40, 40],
  [40, 200, 60],
  [40, 60, 210],
  [235, 235, 230],
] as const;

/** The colors in the middle of each quarter. */
const quadrants = ({ width, height, rgb }: Pixels): number[][] =>
  [0.25, 0.75].flatMap((y) =>
    [0.25, 0.75].map((x) => {
      const at = (Math.floor(height * y) * width + Math.floor(width * x)) * 3;
      return [...rgb.subarray(at, at + 3)];
    }),
  );

/** Largest difference of a channel. */
const distance = (seen: readonly (readonly number[])[]): number =>
  Math.max(...seen.flatMap((color, at) => color.map((level, channel) => Math.abs(level - QUADRANTS[at]![channel]!))));

describe('pictures that are read', () => {
  it.each(['baseline.jpg', 'progressive.jpg', 'no-subsampling.jpg'])('%s, at an eighth of its size', (name) => {
    const pixels = readJpeg(picture(name));
    expect([pixels.width, pixels.height]).toEqual([20, 12]);
    expect(distance(quadrants(pixels))).toBeLessThan(14);
  });

  it.each(['rgb.png', 'palette.png', 'transparent.png'])('%s', (name) => {
    const pixels = readPng(picture(name));
    expect([pixels.width, pixels.height]).toEqual([160, 96]);
    expect(distance(quadrants(pixels))).toBeLessThan(6);
  });

  it('are what was written', () => {
    const written = writeJpeg(readPng(picture('rgb.png')));
    expect(distance(quadrants(readJpeg(written)))).toBeLessThan(20);
  });

  it('are made smaller, and never larger', () => {
    const { width, height } = shrink(flat(1200, 630, [1, 2, 3]), 192);
    expect([width, height]).toEqual([192, 101]);
    expect(shrink(flat(10, 5, [1, 2, 3]), 192).width).toBe(10);
    expect(distance(quadrants(shrink(readPng(picture('rgb.png')), 16)))).toBeLessThan(6);
    expect(shrink(flat(3000, 1, [9, 9, 9]), 192)).toMatchObject({ width: 192, height: 1 });
  });

  it('in other ways are refused: CMYK, WebP, cut off, enormous', () => {
    for (const bytes of [picture('cmyk.jpg'), Buffer.alloc(0), picture('baseline.jpg').subarray(0, 300)]) {
      expect(() => readJpeg(bytes)).toThrow(PictureError);
    }
    const enormous = Buffer.from(picture('rgb.png'));
    enormous.writeUInt32BE(100_000, 16);
    for (const bytes of [picture('picture.webp'), picture('rgb.png').subarray(0, 200), enormous]) {
      expect(() => readPng(bytes)).toThrow(PictureError);
    }
  });
});

describe('a thumbnail', () => {
  it('is as the picture is shown, however the camera was held', () => {
    // Red is where the picture begins, green where its first line ends.
    const [red, green, black] = [
      [9, 0, 0],
      [0, 9, 0],
      [0, 0, 0],
    ] as const;
    const rgb = Uint8Array.from([red, black, green, black, black, black].flat());
    const corner = (orientation: number) => {
      const turned = upright({ width: 3, height: 2, rgb }, orientation);
      const at = (x: number, y: number) => turned.rgb[(y * turned.width + x) * 3];
      const corners = { topLeft: at(0, 0), topRight: at(turned.width - 1, 0) };
      const below = { bottomLeft: at(0, turned.height - 1), bottomRight: at(turned.width - 1, turned.height - 1) };
      return Object.entries({ ...corners, ...below }).find(([, level]) => level === 9)?.[0];
    };
    // Exif 2.3, 4.6.4: where the first line and the first column of the file are.
    expect([1, 2, 3, 4, 5, 6, 7, 8].map(corner)).toEqual([
      'topLeft',
      'topRight',
      'bottomRight',
      'bottomLeft',
      'topLeft',
      'topRight',
      'bottomRight',
      'bottomLeft',
    ]);
    const turned = readJpeg(thumbnailOf(picture('turned.jpg'), PICTURE_SIZE)!);
    expect(turned.width).toBeLessThan(turned.height);
  });

  it('of a picture that repeats its frame or its tables without end is none', () => {
    const jpeg = picture('baseline.jpg');
    const frame = jpeg.subarray(jpeg.indexOf(Buffer.from('ffc0', 'hex')), jpeg.indexOf(Buffer.from('ffc4', 'hex')));
    const start = jpeg.indexOf(Buffer.from('ffc4', 'hex'));
    const table = jpeg.subarray(start, start + 2 + jpeg.readUInt16BE(start + 2));
    for (const piece of [frame, table]) {
      const startedAt = performance.now();
      const bytes = Buffer.concat([jpeg.subarray(0, 2), ...Array.from({ length: 20_000 }, () => piece)]);
      expect(thumbnailOf(bytes, PICTURE_SIZE)).toBeUndefined();
      expect(performance.now() - startedAt).toBeLessThan(allowedMs(500));
    }
  });

  it('is a small JPEG, or a small JPEG as it is, or none', () => {
    const large = writeJpeg(flat(1600, 800, [10, 200, 10]));
    expect(large.length).toBeGreaterThan(12 * 1024);
    const small = readJpeg(thumbnailOf(large, PREVIEW_SIZE)!);
    expect([small.width, small.height]).toEqual([24, 12]);
    expect(thumbnailOf(picture('grey.jpg'), PREVIEW_SIZE)).toEqual(picture('grey.jpg'));
    expect(thumbnailOf(picture('palette.png'), PREVIEW_SIZE)?.subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
    expect(thumbnailOf(picture('picture.webp'), PREVIEW_SIZE)).toBeUndefined();
  });

  it.each(['progressive.jpg', 'baseline.jpg', 'transparent.png', 'palette.png'])(
    'of a damaged %s is one, or none',
    (name) => {
      fc.assert(
        fc.property(fc.array(fc.tuple(fc.nat(picture(name).length - 1), fc.nat(255)), { maxLength: 8 }), (changes) => {
          const bytes = Buffer.from(picture(name));
          for (const [at, value] of changes) bytes[at] = value;
          expect(thumbnailOf(bytes, PREVIEW_SIZE)?.length ?? 0).toBeLessThan(20_000);
        }),
        { numRuns: 300 },
      );
    },
  );
});
