import type { QueueDepth } from '#core/adapters/sqs/queue-depth.ts';
import type { DeepHealth, DependencyHealth, QueueHealth, TaskHealth } from '#core/contracts/api/health.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import type { TaskRow } from '#core/contracts/rows/task-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import type { AccountId } from '#core/domain/ids.ts';
import type { SessionStatus } from '#core/domain/session-status.ts';
import { type Probe, probe } from './probe.ts';

export interface HealthDependencies {
  readonly version: string;
  readonly clock: Clock;
  readonly listSessions: (accountId: AccountId) => Promise<readonly Pick<SessionRow, 'status'>[]>;
  readonly listTasks: () => Promise<readonly TaskRow[]>;
  /** By queue name. */
  readonly queueDepths: () => Promise<ReadonlyMap<string, QueueDepth>>;
  /** Seconds, by queue name. */
  readonly queueAges: () => Promise<ReadonlyMap<string, number>>;
  /** Resolve if the service answers. */
  readonly others: Readonly<Record<string, () => Promise<unknown>>>;
}

/** A heartbeat is written every 2 s; after this long without one a task is dead (ADR 1). Milliseconds. */
const TASK_DEAD_MS = 10_000;

/** Everything an operator asks first. `degraded` if a dependency is down or no task is active and alive. */
export async function deepHealth(dependencies: HealthDependencies, accountId: AccountId): Promise<DeepHealth> {
  const { clock, version } = dependencies;
  const [sessions, tasks, depths, ages, ...others] = await Promise.all([
    probe('dynamodb', clock, () => dependencies.listSessions(accountId)),
    probe('dynamodb', clock, dependencies.listTasks),
    probe('sqs', clock, dependencies.queueDepths),
    probe('cloudwatch', clock, dependencies.queueAges),
    ...Object.entries(dependencies.others).map(([name, ask]) => probe(name, clock, ask)),
  ]);
  const taskList = (tasks.value ?? []).map((row) => taskHealth(row, clock.now()));
  const health = [worse(sessions, tasks), depths.health, ages.health, ...others.map((other) => other.health)];
  const all = [...health, connectorHealth(taskList)];
  return {
    status: all.every(({ status }) => status === 'up') ? 'ok' : 'degraded',
    version,
    sessions: countByStatus(sessions.value ?? []),
    queues: queueHealth(depths.value, ages.value),
    tasks: taskList,
    dependencies: all,
  };
}

/** What can be said to somebody whose key can't be looked up: that the table does not answer, and nothing of an account. */
export function withoutKeys(version: string): DeepHealth {
  const dynamodb: DependencyHealth = { name: 'dynamodb', status: 'down', latency_ms: null, error: 'NoAnswer' };
  return { status: 'degraded', version, sessions: {}, queues: [], tasks: [], dependencies: [dynamodb] };
}

/** Two questions to one dependency: the one that failed, or that took longer. */
function worse(one: Probe<unknown>, other: Probe<unknown>): DependencyHealth {
  if (one.health.status !== other.health.status) return one.health.status === 'down' ? one.health : other.health;
  return (one.health.latency_ms ?? 0) > (other.health.latency_ms ?? 0) ? one.health : other.health;
}

function taskHealth(row: TaskRow, nowMs: number): TaskHealth {
  return {
    id: row.taskId,
    role: row.role,
    version: row.version,
    memory_bytes: row.memoryBytes,
    uptime_seconds: Math.max(0, Math.floor((nowMs - row.startedAtMs) / 1000)),
    heartbeat_age_ms: Math.max(0, nowMs - row.beatAtMs),
    sessions_open: row.sessionsOpen,
  };
}

function connectorHealth(tasks: readonly TaskHealth[]): DependencyHealth {
  const active = tasks.find(({ role, heartbeat_age_ms }) => role === 'active' && heartbeat_age_ms < TASK_DEAD_MS);
  const name = 'connector';
  if (active) return { name, status: 'up', latency_ms: null };
  return { name, status: 'down', latency_ms: null, error: 'NoActiveTask' };
}

function countByStatus(rows: readonly Pick<SessionRow, 'status'>[]): Partial<Record<SessionStatus, number>> {
  const counts: Partial<Record<SessionStatus, number>> = {};
  for (const { status } of rows) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

function queueHealth(
  depths: ReadonlyMap<string, QueueDepth> | undefined,
  ages: ReadonlyMap<string, number> | undefined,
): QueueHealth[] {
  return [...(depths ?? [])].map(([name, { waiting, inFlight }]) => ({
    name,
    waiting,
    in_flight: inFlight,
    oldest_seconds: ages?.get(name) ?? null,
  }));
}
