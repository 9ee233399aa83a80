import { GUARD_LEASE, type LeaseRow, leaseOfShard } from '#core/contracts/rows/lease-row.ts';
import type { TaskRow } from '#core/contracts/rows/task-row.ts';

/** One run of a task. */
export interface TaskRun {
  readonly taskId: string;
  readonly incarnation: string;
}

/** The tasks table at one look. */
export interface Fleet {
  readonly tasks: ReadonlyMap<string, TaskRow>;
  /** Of each shard that the looker knows, in shard order. */
  readonly leases: readonly ShardLease[];
  readonly guard: LeaseRow;
}

/** The lease of one shard. */
export interface ShardLease extends LeaseRow {
  readonly shard: number;
}

/** @param shards how many shards there are */
export function fleetOf(
  rows: Pick<Fleet, 'tasks'> & { readonly leaseRows: readonly LeaseRow[] },
  shards: number,
): Fleet {
  const byId = new Map(rows.leaseRows.map((row) => [row.taskId, row]));
  const leaseOf = (taskId: string): LeaseRow => byId.get(taskId) ?? { taskId, epoch: 0 };
  return {
    tasks: rows.tasks,
    guard: leaseOf(GUARD_LEASE),
    leases: Array.from({ length: shards }, (_, shard) => ({ ...leaseOf(leaseOfShard(shard)), shard })),
  };
}

/** The task of release 0.1 and before: it knows one lease for all shards. */
export const isOld = ({ shards }: TaskRow): boolean => shards === undefined;

/** A run that is still on the list. */
export function rowOf(
  { tasks }: Fleet,
  taskId: string | undefined,
  incarnation: string | undefined,
): TaskRow | undefined {
  const row = taskId === undefined ? undefined : tasks.get(taskId);
  return row && row.incarnation === incarnation ? row : undefined;
}

/** The owner of a lease, if it is still on the list. */
export const ownerOf = (fleet: Fleet, { owner, incarnation }: LeaseRow): TaskRow | undefined =>
  rowOf(fleet, owner, incarnation);

/** Whom a lease is offered to, if it is still on the list and stays. */
export function targetOf(fleet: Fleet, { target, targetIncarnation }: LeaseRow): TaskRow | undefined {
  const row = rowOf(fleet, target, targetIncarnation);
  return row?.draining ? undefined : row;
}

/** The lease, or the offer, is this run's. */
export const isRun = ({ owner, incarnation }: Pick<LeaseRow, 'owner' | 'incarnation'>, run: TaskRun): boolean =>
  owner === run.taskId && incarnation === run.incarnation;
