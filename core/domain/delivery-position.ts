/**
 * Places in the deliveries of an endpoint: `<ms, 15 digits>#<eventId>` as in a row's `occurred`, or only `<ms, 15 digits>` for the
 * moment before all rows of that millisecond. Both sort as text.
 */

/** Milliseconds since the epoch with leading zeros sort as text until the year 33658. */
const MS_DIGITS = 15;
export const DAY_MS = 24 * 3600 * 1000;
/** Deliveries are kept for 30 days (D3). */
export const KEPT_MS = 30 * DAY_MS;

/** The moment before everything that happened in that millisecond. */
export const momentAt = (ms: number): string => String(Math.max(0, ms)).padStart(MS_DIGITS, '0');

export const msOf = (position: string): number => Number(position.slice(0, MS_DIGITS));

/** First millisecond of the UTC day. */
export const dayStartOf = (ms: number): number => ms - (ms % DAY_MS);

/** Partition of an endpoint's deliveries on the UTC day that holds `ms`. */
export const endpointDayOf = (endpointId: string, ms: number): string =>
  `${endpointId}#${new Date(ms).toISOString().slice(0, 'yyyy-mm-dd'.length)}`;

/** The greatest text that sorts before a position; no row lies between. Event ids are hex and of one length, so their last character decides. */
export function justBefore(position: string): string {
  if (!position.includes('#')) return position;
  const last = position.charCodeAt(position.length - 1);
  return `${position.slice(0, -1)}${String.fromCharCode(last - 1)}~`;
}

/** The least text that sorts behind a row's position; no row lies between. */
export const justBehind = (position: string): string => (position.includes('#') ? `${position}!` : position);
