/** No receiver makes its own events wait longer by one answer, milliseconds (webhooks.md 3.2). */
export const LONGEST_RETRY_AFTER_MS = 6 * 3600_000;

const SECONDS = /^\d+(\.\d+)?$/;

/**
 * Reads a `Retry-After` header: seconds, fractions too, or an HTTP date.
 * @returns milliseconds from now, at most 6 hours; undefined for none and for what is neither
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  const waitMs = SECONDS.test(text) ? Number(text) * 1000 : dateIn(text) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.ceil(Math.min(Math.max(0, waitMs), LONGEST_RETRY_AFTER_MS));
}

/** `Date.parse` takes much that is no date, such as `-1`; each of HTTP's three forms begins with a weekday. */
const dateIn = (text: string): number => (/^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(text) : Number.NaN);
