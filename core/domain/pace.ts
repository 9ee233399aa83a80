/**
 * How often the connector does by itself what AWS bills by the request. The connector keeps to these, and the idle bill counts
 * with them.
 */

/** A task writes its heartbeat this often, milliseconds (D6). */
export const HEARTBEAT_MS = 2_000;
/**
 * Every task looks this often at all tasks and leases, milliseconds: one consistent Scan of a table of a few kilobytes (D6,
 * webhooks.md 5.3). Half a read unit would do for eventual consistency; ownership wants a whole one per 4 KB.
 */
export const LEASE_LOOK_MS = 2_000;
/** SQS's longest wait for a message, seconds. */
export const LONG_POLL_S = 20;
/** The queue of a shard without sessions is looked into this often, milliseconds, instead of being polled. */
export const IDLE_SHARD_GLANCE_MS = 300_000;
/** Counts and gauges are written out this often, milliseconds: CloudWatch's finest period of a standard metric. */
export const METRICS_FLUSH_MS = 60_000;
/** The lengths of all queues are measured this often, minutes: each queue costs a request. */
export const QUEUE_LENGTH_MINUTES = 5;
