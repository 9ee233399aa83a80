import * as z from 'zod';

/** A row of the tasks table (pk `taskId`): one running connector process, written with every heartbeat. */
export const TaskRowSchema = z.object({
  taskId: z.string(),
  /** New with every process start in the same task. */
  incarnation: z.string(),
  /** Only grows; what others watch. */
  heartbeat: z.number().int(),
  /** `active` owns the sessions, `standby` waits for the active one to leave. */
  role: z.enum(['active', 'standby']),
  version: z.string(),
  startedAtMs: z.number().int(),
  beatAtMs: z.number().int(),
  /** Resident set size, bytes. */
  memoryBytes: z.number().int(),
  sessionsOpen: z.number().int(),
  /** TTL, seconds since the epoch; only cleans up. */
  expiresAt: z.number().int(),
});
export type TaskRow = z.infer<typeof TaskRowSchema>;
