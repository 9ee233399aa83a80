import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNumber, registeredNumber } from '../../../sandbox/store/phone-number.ts';

describe('parseNumber', () => {
  it('takes numbers as people write them', () => {
    expect(parseNumber('+55 11 98765-4321')).toBe('5511987654321');
    expect(parseNumber('(55) 11.98765.4321')).toBe('5511987654321');
  });

  it.each(['', 'abc', '12345', '0551198765', '1234567890123456', '55x11987654321'])('refuses %j', (written) => {
    expect(parseNumber(written)).toBeUndefined();
  });

  it('never throws and returns digits only', () => {
    fc.assert(
      fc.property(fc.string(), (written) => {
        expect(parseNumber(written) ?? '5511987654321').toMatch(/^[1-9]\d{6,14}$/);
      }),
    );
  });
});

describe('registeredNumber', () => {
  it('drops the ninth digit of Brazilian mobiles from area code 31 on', () => {
    expect(registeredNumber('5531987654321')).toBe('553187654321');
    expect(registeredNumber('5585987654321')).toBe('558587654321');
  });

  it('keeps every other number', () => {
    for (const number of [
      '5511987654321',
      '5521987654321',
      '553187654321',
      '551130001234',
      '15551234567',
      '351912345678',
    ]) {
      expect(registeredNumber(number)).toBe(number);
    }
  });

  it('is the registered form of itself', () => {
    const digits = fc.stringMatching(/^55[1-9]\d9?\d{8}$/);
    fc.assert(
      fc.property(digits, (number) => {
        expect(registeredNumber(registeredNumber(number))).toBe(registeredNumber(number));
      }),
    );
  });
});
