import type { QueueDepth } from '#core/adapters/sqs/queue-depth.ts';
import type { DeepHealth, DependencyHealth, QueueHealth, TaskHealth } from '#core/contracts/api/health.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import type { TaskRow } from '#core/contracts/rows/task-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import type { AccountId } from '#core/domain/ids.ts';
import type { SessionStatus } from '#core/domain/session-status.ts';
import { type Probe, probe } from './probe.ts';
import { type Fleet, isAlive, ownersOfShards } from './shard-health.ts';

export interface HealthDependencies {
  readonly version: string;
  readonly clock: Clock;
  readonly listSessions: (accountId: AccountId) => Promise<readonly Pick<SessionRow, 'status'>[]>;
  readonly readFleet: () => Promise<Fleet>;
  /** How many shards there are. */
  readonly shards: number;
  /** By queue name. */
  readonly queueDepths: () => Promise<ReadonlyMap<string, QueueDepth>>;
  /** Seconds, by queue name. */
  readonly queueAges: () => Promise<ReadonlyMap<string, number>>;
  /** Resolve if the service answers. */
  readonly others: Readonly<Record<string, () => Promise<unknown>>>;
}

/** Everything an operator asks first. `degraded` if a dependency is down, no task lives, or a shard has no owner. */
export async function deepHealth(dependencies: HealthDependencies, accountId: AccountId): Promise<DeepHealth> {
  const { clock, version } = dependencies;
  const [sessions, fleet, depths, ages, ...others] = await Promise.all([
    probe('dynamodb', clock, () => dependencies.listSessions(accountId)),
    probe('dynamodb', clock, dependencies.readFleet),
    probe('sqs', clock, dependencies.queueDepths),
    probe('cloudwatch', clock, dependencies.queueAges),
    ...Object.entries(dependencies.others).map(([name, ask]) => probe(name, clock, ask)),
  ]);
  const { tasks, leases }: Fleet = fleet.value ?? { tasks: [], leases: [] };
  const nowMs = clock.now();
  const owners = ownersOfShards({ tasks, leases }, dependencies.shards, nowMs);
  const shards = shardHealth(owners, dependencies.shards);
  const health = [worse(sessions, fleet), depths.health, ages.health, ...others.map((other) => other.health)];
  const all = [
    ...health,
    connectorHealth(
      tasks.some((task) => isAlive(task, nowMs)),
      shards,
    ),
  ];
  return {
    status: all.every(({ status }) => status === 'up') ? 'ok' : 'degraded',
    version,
    sessions: countByStatus(sessions.value ?? []),
    queues: queueHealth(depths.value, ages.value),
    tasks: tasks.map((row) => taskHealth(row, owners, nowMs)),
    shards,
    dependencies: all,
  };
}

/** What can be said to somebody whose key can't be looked up: that the table does not answer, and nothing of an account. */
export function withoutKeys(version: string): DeepHealth {
  const dynamodb: DependencyHealth = { name: 'dynamodb', status: 'down', latency_ms: null, error: 'NoAnswer' };
  const shards = { count: 0, without_owner: [] };
  return { status: 'degraded', version, sessions: {}, queues: [], tasks: [], shards, dependencies: [dynamodb] };
}

/** Two questions to one dependency: the one that failed, or that took longer. */
function worse(one: Probe<unknown>, other: Probe<unknown>): DependencyHealth {
  if (one.health.status !== other.health.status) return one.health.status === 'down' ? one.health : other.health;
  return (one.health.latency_ms ?? 0) > (other.health.latency_ms ?? 0) ? one.health : other.health;
}

function taskHealth(row: TaskRow, owners: ReadonlyMap<number, string>, nowMs: number): TaskHealth {
  return {
    id: row.taskId,
    role: row.role,
    draining: row.draining ?? false,
    shards: [...owners.values()].filter((owner) => owner === row.taskId).length,
    version: row.version,
    memory_bytes: row.memoryBytes,
    uptime_seconds: Math.max(0, Math.floor((nowMs - row.startedAtMs) / 1000)),
    heartbeat_age_ms: Math.max(0, nowMs - row.beatAtMs),
    sessions_open: row.sessionsOpen,
  };
}

function shardHealth(owners: ReadonlyMap<number, string>, count: number): DeepHealth['shards'] {
  const shards = Array.from({ length: count }, (_, shard) => shard);
  return { count, without_owner: shards.filter((shard) => !owners.has(shard)) };
}

function connectorHealth(lives: boolean, shards: DeepHealth['shards']): DependencyHealth {
  const name = 'connector';
  if (!lives) return { name, status: 'down', latency_ms: null, error: 'NoActiveTask' };
  if (shards.without_owner.length > 0) return { name, status: 'down', latency_ms: null, error: 'ShardsWithoutOwner' };
  return { name, status: 'up', latency_ms: null };
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
