/** Without an acknowledged heartbeat for this long a task falls silent, milliseconds since that was sent (D6). */
export const SELF_FENCE_MS = 7_000;
/**
 * A heartbeat that stands still for this long is a dead task's, milliseconds of the observer's monotonic clock (D6). Clocks
 * may run at rates that differ by 10 : 7 before two tasks act at a time.
 */
export const DEAD_AFTER_MS = 10_000;
/** Reads that have to agree before a task counts as dead (webhooks.md 5.3). */
export const DEAD_AFTER_READS = 4;
/** One attempt of a heartbeat, milliseconds, and attempts (webhooks.md 5.3): three fit between two acknowledged ones. */
export const HEARTBEAT_LIMITS = {
  connectionTimeout: 1_000,
  requestTimeout: 1_000,
  throwOnRequestTimeout: true,
} as const;
export const HEARTBEAT_ATTEMPTS = 2;
