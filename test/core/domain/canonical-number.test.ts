import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outboundChatOf } from '#core/domain/outbound-chat.ts';
import { canonicalNumber } from '#core/domain/phone-number.ts';

describe('canonicalNumber', () => {
  it.each([
    ['553187654321', '5531987654321'],
    ['5531987654321', '5531987654321'],
    // A landline has no ninth digit.
    ['553132654321', '553132654321'],
    ['5511987654321', '5511987654321'],
    ['351912345678', '351912345678'],
    ['55', '55'],
  ])('of %s is %s', (number, canonical) => {
    expect(canonicalNumber(number)).toBe(canonical);
  });

  it('is the same of itself', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^(55)?[1-9]\d{4,13}$/), (number) => {
        expect(canonicalNumber(canonicalNumber(number))).toBe(canonicalNumber(number));
      }),
    );
  });
});

describe('outboundChatOf', () => {
  it('is one for both forms of a Brazilian number, so that their messages keep their order', () => {
    const chat = (phone: string) => outboundChatOf({ type: 'individual', phone });
    expect(chat('553187654321')).toBe(chat('5531987654321'));
    expect(chat('553187654321')).not.toBe(chat('5531987654322'));
  });
});
