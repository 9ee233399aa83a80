import { GUARD_LEASE, type LeaseRow, leaseOfShard } from '#core/contracts/rows/lease-row.ts';
import type { TaskRow } from '#core/contracts/rows/task-row.ts';

/** A heartbeat is written every 2 s; after this long without one a task is dead (D6). Milliseconds. */
const TASK_DEAD_MS = 10_000;

/** The tasks table. */
export interface Fleet {
  readonly tasks: readonly TaskRow[];
  readonly leases: readonly LeaseRow[];
}

/** Whether a task has beaten lately, by our wall clock: good enough to show, never to decide. */
export const isAlive = ({ beatAtMs }: TaskRow, nowMs: number): boolean => nowMs - beatAtMs < TASK_DEAD_MS;

/**
 * Which living task has each shard. A task of release 0.1 has all shards by one lease.
 * @returns task ids by shard; shards that nobody has are missing
 */
export function ownersOfShards({ tasks, leases }: Fleet, shards: number, nowMs: number): ReadonlyMap<number, string> {
  const living = tasks.filter((task) => isAlive(task, nowMs));
  const ownerOf = (id: string): TaskRow | undefined => {
    const lease = leases.find(({ taskId }) => taskId === id);
    return living.find(({ taskId, incarnation }) => taskId === lease?.owner && incarnation === lease.incarnation);
  };
  const guard = ownerOf(GUARD_LEASE);
  const ofAll = guard?.shards === undefined ? guard : undefined;
  const owners = new Map<number, string>();
  for (let shard = 0; shard < shards; shard++) {
    const owner = ofAll ?? ownerOf(leaseOfShard(shard));
    if (owner) owners.set(shard, owner.taskId);
  }
  return owners;
}
