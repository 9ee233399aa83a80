/** E.164 allows 15 digits; below 7 no country has subscriber numbers. */
const SHORTEST = 7;
const LONGEST = 15;

/**
 * Digits of a phone number as people write it (`+55 11 98765-4321`), without what stands between them.
 * Undefined when it cannot be an international number.
 */
export function parseNumber(written: string): string | undefined {
  if (!/^\s*\+?[\d\s().-]+$/.test(written)) return undefined;
  const digits = written.replace(/\D/g, '');
  if (digits.length < SHORTEST || digits.length > LONGEST || digits.startsWith('0')) return undefined;
  return digits;
}

/** Area codes from here on keep the eight digits that their WhatsApp accounts were opened with. */
const FIRST_EIGHT_DIGIT_AREA = 31;

/**
 * The number under which WhatsApp knows that phone. Brazilian mobiles outside São Paulo, Rio and Espírito Santo
 * (area codes from 31 on) are registered without the ninth digit that one dials today.
 */
export function registeredNumber(digits: string): string {
  const match = /^55([1-9]\d)9(\d{8})$/.exec(digits);
  if (!match?.[1] || Number(match[1]) < FIRST_EIGHT_DIGIT_AREA) return digits;
  return `55${match[1]}${match[2]}`;
}
