/**
 * Forms under which WhatsApp may know a phone number as typed: mobiles of Brazil with and without their ninth digit, of
 * Mexico with and without the 1, of Argentina with and without the 9.
 */
export function formsOf(phone: string): readonly string[] {
  for (const { written, other } of FORMS) if (written.test(phone)) return [phone, phone.replace(written, other)];
  return [phone];
}

/** One form for all forms of a number, so that it is counted once however it is written. */
export function oneFormOf(phone: string): string {
  const [, other = phone] = formsOf(phone);
  // A mobile may become a landline without its ninth digit, which is another number.
  return formsOf(other).includes(phone) && other < phone ? other : phone;
}

const FORMS = [
  { written: /^55(\d{2})9(\d{8})$/, other: '55$1$2' },
  { written: /^55(\d{2})([6-9]\d{7})$/, other: '55$19$2' },
  { written: /^521(\d{10})$/, other: '52$1' },
  { written: /^52(\d{10})$/, other: '521$1' },
  { written: /^549(\d{10})$/, other: '54$1' },
  { written: /^54(\d{10})$/, other: '549$1' },
] as const;
