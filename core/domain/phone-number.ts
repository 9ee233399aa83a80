/** Country code and number together, E.164; shorter ones are short codes and service numbers of single countries. */
const DIGITS = /^[1-9]\d{4,14}$/;
/** How people write numbers: an optional plus, digits, and spaces, hyphens or parentheses between them. */
const WRITTEN = /^\+?[\d ()-]+$/;

/**
 * Reads a phone number as the Cloud API accepts it in `to`.
 * @returns its digits, E.164 without plus; undefined if it is no phone number
 */
export function parsePhoneNumber(written: string): string | undefined {
  const trimmed = written.trim();
  if (!WRITTEN.test(trimmed)) return undefined;
  const digits = trimmed.replaceAll(/\D/g, '');
  return DIGITS.test(digits) ? digits : undefined;
}

/** Brazil, area code, and eight digits of which the first is one that only mobile numbers have. */
const BRAZILIAN_WITHOUT_NINTH = /^(55[1-9]\d)([6-9]\d{7})$/;

/**
 * The one form of a number under which we tell of a person. WhatsApp knows many Brazilian mobile numbers without the ninth digit that all of
 * them have had since 2016; people write it, so we do too.
 * @param digits E.164 without plus
 */
export const canonicalNumber = (digits: string): string => digits.replace(BRAZILIAN_WITHOUT_NINTH, '$19$2');
