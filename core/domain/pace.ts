/**
 * How often the connector does by itself what AWS bills by the request. The connector keeps to these, and the idle bill counts
 * with them.
 */

/** A task writes its heartbeat this often, milliseconds (D6). */
export const HEARTBEAT_MS = 2_000;
/** A standby looks this often whether the lease is free, milliseconds; each look reads the lease and its owner's row. */
export const LEASE_LOOK_MS = 1_000;
/** SQS's longest wait for a message, seconds. */
export const LONG_POLL_S = 20;
/** Counts and gauges are written out this often, milliseconds: CloudWatch's finest period of a standard metric. */
export const METRICS_FLUSH_MS = 60_000;
