import * as z from 'zod';
import { SessionStatusSchema } from '../../domain/session-status.ts';

/** Answer of `GET /health`. */
export const HealthSchema = z.object({ status: z.literal('ok'), version: z.string() }).meta({ id: 'Health' });

const QueueSchema = z.object({
  name: z.string(),
  waiting: z.int().meta({ description: 'Messages that can be received' }),
  in_flight: z.int().meta({ description: 'Messages that somebody has in hand' }),
  oldest_seconds: z
    .number()
    .nullable()
    .meta({ description: 'Age of the oldest message, from CloudWatch, a minute or two late' }),
});
export type QueueHealth = z.infer<typeof QueueSchema>;

const TaskSchema = z.object({
  id: z.string(),
  role: z.enum(['active', 'standby']),
  draining: z.boolean().meta({ description: 'It is ending and hands its shards over' }),
  shards: z.int().meta({ description: 'Shards that it owns' }),
  version: z.string(),
  memory_bytes: z.int(),
  uptime_seconds: z.int(),
  heartbeat_age_ms: z.int(),
  sessions_open: z.int(),
});
export type TaskHealth = z.infer<typeof TaskSchema>;

const DependencySchema = z.object({
  name: z.string(),
  status: z.enum(['up', 'down']),
  latency_ms: z.number().nullable(),
  error: z.string().optional().meta({ description: 'Name of the error, if it is down' }),
});
export type DependencyHealth = z.infer<typeof DependencySchema>;

/** Answer of `GET /health?deep=1`; with status 503 when it is degraded. */
export const DeepHealthSchema = z
  .object({
    status: z.enum(['ok', 'degraded']),
    version: z.string(),
    sessions: z.partialRecord(SessionStatusSchema, z.int()).meta({ description: "The account's sessions by status" }),
    queues: z.array(QueueSchema),
    tasks: z.array(TaskSchema),
    shards: z
      .object({ count: z.int(), without_owner: z.array(z.int()) })
      .meta({ description: 'Numbers of a shard without an owner are offline; that lasts a few seconds' }),
    dependencies: z.array(DependencySchema),
  })
  .meta({ id: 'DeepHealth' });
export type DeepHealth = z.infer<typeof DeepHealthSchema>;
