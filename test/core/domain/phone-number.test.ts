import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePhoneNumber } from '#core/domain/phone-number.ts';

const digits = fc.stringMatching(/^[1-9]\d{4,14}$/);

describe('parsePhoneNumber', () => {
  it.each([
    ['5511987654321', '5511987654321'],
    ['+55 11 98765-4321', '5511987654321'],
    ['+55 (11) 98765-4321', '5511987654321'],
    [' 12025550123 ', '12025550123'],
  ])('reads %s', (written, read) => {
    expect(parsePhoneNumber(written)).toBe(read);
  });
  it.each(['', '+', 'joão', '1234', '0551198765432', '1234567890123456', '55+11987654321', '٥٥١١٩٨٧٦٥٤', '5511x987'])(
    'refuses %j',
    (written) => {
      expect(parsePhoneNumber(written)).toBeUndefined();
    },
  );
  it('reads the same digits however they are separated', () => {
    const separators = fc.array(fc.constantFrom('', ' ', '-', '(', ')'), { minLength: 15, maxLength: 15 });
    fc.assert(
      fc.property(digits, separators, fc.boolean(), (number, between, plus) => {
        const written = Array.from(number, (digit, index) => digit + between[index]).join('');
        expect(parsePhoneNumber(plus ? `+${written}` : written)).toBe(number);
      }),
    );
  });
  it('gives E.164 digits or nothing for any text', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('+', '0', '5', '9', ' ', '(', ')', '-', 'x') })),
        (text) => {
          expect(parsePhoneNumber(text) ?? '55119').toMatch(/^[1-9]\d{4,14}$/);
        },
      ),
    );
  });
});
