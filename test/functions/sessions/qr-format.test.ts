import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { qrFormatOf } from '../../../functions/sessions/qr-format.ts';

describe('qrFormatOf', () => {
  it.each([
    [undefined, 'json'],
    ['*/*', 'json'],
    ['application/json', 'json'],
    ['image/png', 'png'],
    ['IMAGE/PNG;q=0.9', 'png'],
    ['image/svg+xml', 'svg'],
    ['image/svg+xml, image/png', 'svg'],
    ['image/svg+xml;q=0.5, image/png;q=0.8', 'png'],
    ['image/avif,image/webp,image/*;q=0.8,*/*;q=0.5', 'png'],
    ['image/png;q=0', 'json'],
    ['text/html', 'json'],
  ])('gives for Accept %j %s', (accept, format) => {
    expect(qrFormatOf(accept)).toBe(format);
  });
  it('gives one of its forms for any header', () => {
    const accept = fc.oneof(fc.string(), fc.constantFrom('constructor', '__proto__', 'toString;q=9'));
    fc.assert(
      fc.property(accept, (header) => {
        expect(['json', 'png', 'svg']).toContain(qrFormatOf(header));
      }),
    );
  });
});
