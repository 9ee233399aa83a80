import * as z from 'zod';

/** Leases lie in the tasks table; their keys begin like no task id does. */
export const LEASE_ROW_PREFIX = 'lease#';
/**
 * The one lease of release 0.1, which knew no other. Later releases hold it as a guard while they use the leases of shards, so
 * that a task of 0.1 beside them waits (ADR 11).
 */
export const GUARD_LEASE = `${LEASE_ROW_PREFIX}all`;

export const leaseOfShard = (shard: number): string => `${LEASE_ROW_PREFIX}${shard}`;

/**
 * A row of the tasks table that says which task owns a shard, `lease#<shard>`. The epoch only grows: it is a higher one whenever
 * the shard changes hands (D6).
 */
export const LeaseRowSchema = z.object({
  taskId: z.string().startsWith(LEASE_ROW_PREFIX),
  epoch: z.number().int().nonnegative().default(0),
  /** Task id of the owner; absent after it has left. */
  owner: z.string().optional(),
  /** The owner's incarnation. */
  incarnation: z.string().optional(),
  /** Grows when a session is created: what tells the owner of a shard that was empty to poll its queue. */
  wanted: z.number().int().optional(),
  /** The owner's word: the shard has sessions. Absent: not known. */
  inUse: z.boolean().optional(),
  /** Whom the owner wants to hand the shard to. */
  target: z.string().optional(),
  targetIncarnation: z.string().optional(),
  /** The target has read the shard's sessions and could begin at once. */
  ready: z.boolean().optional(),
  /** Of the guard only: epochs of shards are at least this, because those of release 0.1 were lower. */
  floor: z.number().int().optional(),
});
export type LeaseRow = z.infer<typeof LeaseRowSchema>;
