import type { SendMessageCommand } from '#core/contracts/outbound-command.ts';
import { GraphError } from '#core/domain/graph-error.ts';

/** What the caller asked for in time. */
export interface Wishes {
  readonly message_send_ttl_seconds?: number | null | undefined;
  /** Unix seconds, or ISO 8601 with an offset. */
  readonly not_before?: number | string | null | undefined;
}

/** Farthest ahead that a message may be sent for, days: with the longest time to live below the 30 days of a message row. */
const MOST_AHEAD_DAYS = 7;
const DAY_MS = 24 * 60 * 60_000;

/**
 * When a message may leave and when it fails. A time that is over means now. The time to live begins when the message may
 * leave; without one the connector applies the deployment's.
 * @throws GraphError 131009 for a time that is too far ahead
 */
export function scheduleOf(
  { message_send_ttl_seconds: ttlS, not_before: notBefore }: Wishes,
  nowMs: number,
): Pick<SendMessageCommand, 'expiresAtMs' | 'notBeforeMs'> {
  const wantedMs = typeof notBefore === 'string' ? Date.parse(notBefore) : (notBefore ?? 0) * 1000;
  if (wantedMs > nowMs + MOST_AHEAD_DAYS * DAY_MS) {
    throw new GraphError(131009, `not_before: must be at most ${MOST_AHEAD_DAYS} days ahead.`);
  }
  const beginsMs = Math.max(wantedMs, nowMs);
  return {
    ...(wantedMs > nowMs && { notBeforeMs: wantedMs }),
    ...(typeof ttlS === 'number' && { expiresAtMs: beginsMs + ttlS * 1000 }),
  };
}
