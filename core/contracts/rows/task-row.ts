import * as z from 'zod';

/** A row of the tasks table (pk `taskId`): one running connector process, written with every heartbeat. */
export const TaskRowSchema = z.object({
  taskId: z.string(),
  /** New with every process start in the same task. */
  incarnation: z.string(),
  /** Only grows; what others watch. */
  heartbeat: z.number().int(),
  /** `active` takes shards, `standby` waits because a task of release 0.1 holds all of them. */
  role: z.enum(['active', 'standby']),
  version: z.string(),
  startedAtMs: z.number().int(),
  beatAtMs: z.number().int(),
  /** Resident set size, bytes. */
  memoryBytes: z.number().int(),
  sessionsOpen: z.number().int(),
  /** TTL, seconds since the epoch; only cleans up. */
  expiresAt: z.number().int(),
  /** How many shards this task knows of. Absent in release 0.1, whose tasks know one lease for all. */
  shards: z.number().int().positive().optional(),
  /** It is ending and hands its shards over. */
  draining: z.boolean().optional(),
});
export type TaskRow = z.infer<typeof TaskRowSchema>;
