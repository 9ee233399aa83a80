import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FileProbe } from '#core/domain/file-shape/file-probe.ts';
import { orientationOf } from '#core/domain/file-shape/picture-shape.ts';
import type { MediaKind } from '#core/domain/media-kinds.ts';
import { type Film, film } from '../../../support/films.ts';
import { picture } from '../../../support/pictures.ts';

/** @param size of the pieces in which the file comes */
const shapeOf = (kind: MediaKind, file: Buffer, size = 1000) => {
  const probe = new FileProbe(kind);
  for (let at = 0; at < file.length; at += size) probe.take(file.subarray(at, at + size));
  return probe.shape();
};

describe('the shape of a picture', () => {
  it.each([
    'baseline.jpg',
    'progressive.jpg',
    'grey.jpg',
    'cmyk.jpg',
    'rgb.png',
    'palette.png',
    'picture.webp',
    'lossless.webp',
    'alpha.webp',
  ])('is read in %s', (name) =>
    expect(shapeOf(name.endsWith('webp') ? 'sticker' : 'image', picture(name))).toEqual({ width: 160, height: 96 }),
  );

  it('is that in which it is shown', () => {
    expect(shapeOf('image', picture('turned.jpg'))).toEqual({ width: 96, height: 160 });
    expect([orientationOf(picture('turned.jpg')), orientationOf(picture('baseline.jpg'))]).toEqual([6, 1]);
  });

  it('is looked for in what comes before it, up to a bound', () => {
    const segment = (bytes: number) =>
      Buffer.concat([Buffer.from([0xff, 0xe2, (bytes + 2) >> 8, (bytes + 2) & 0xff]), Buffer.alloc(bytes)]);
    const [start, rest] = [picture('baseline.jpg').subarray(0, 2), picture('baseline.jpg').subarray(2)];
    const withProfiles = (count: number) =>
      Buffer.concat([start, ...Array.from({ length: count }, () => segment(60_000)), rest]);
    expect(shapeOf('image', withProfiles(4))).toEqual({ width: 160, height: 96 });
    expect(shapeOf('image', withProfiles(5))).toBeUndefined();
  });

  it('is unknown of what is none, or is cut off', () => {
    for (const bytes of [
      randomBytes(500),
      Buffer.alloc(0),
      Buffer.from('RIFF\0\0\0\0WEBPVP8X'),
      picture('rgb.png').subarray(0, 18),
    ]) {
      expect(shapeOf('image', bytes)).toBeUndefined();
    }
    expect(shapeOf('document', picture('rgb.png'))).toBeUndefined();
  });

  it.each(['turned.jpg', 'rgb.png', 'alpha.webp'])('of a damaged %s is one, or unknown', (name) => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(120), fc.nat(255))), fc.nat(200), (changes, length) => {
        const bytes = Buffer.from(picture(name).subarray(0, length));
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        expect(shapeOf('image', bytes)?.width ?? 1).toBeGreaterThan(0);
      }),
    );
  });
});

describe('the shape of a film', () => {
  const shown = { width: 640, height: 360, seconds: 12 };

  it.each<[string, Partial<Film>]>([
    ['with its header first', {}],
    ['with its header last', { headerLast: true }],
    ['with times and sizes of eight bytes', { wide: true }],
    ['with those, and its header last', { wide: true, headerLast: true }],
  ])('%s is read, however the file is cut', (_, form) => {
    for (const size of [1, 7, 100, 100_000]) expect(shapeOf('video', film({ ...shown, ...form }), size)).toEqual(shown);
  });

  it('that is turned is that in which it is shown', () => {
    expect(shapeOf('video', film({ ...shown, turned: true }))).toEqual({ width: 360, height: 640, seconds: 12 });
  });

  it('is unknown of what is none', () => {
    for (const bytes of [randomBytes(500), Buffer.alloc(0), Buffer.alloc(5000), film(shown).subarray(0, 150)]) {
      expect(shapeOf('video', bytes)).toBeUndefined();
    }
  });

  it('is one, or unknown, if its header lies', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(400), fc.nat(255))), fc.integer({ min: 1, max: 50 }), (changes, size) => {
        const bytes = film(shown);
        for (const [at, value] of changes) bytes[at] = value;
        expect(shapeOf('video', bytes, size)?.width ?? 1).toBeGreaterThan(0);
      }),
    );
  });
});
