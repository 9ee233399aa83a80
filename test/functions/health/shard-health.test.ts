import { describe, expect, it } from 'vitest';
import { GUARD_LEASE, leaseOfShard } from '#core/contracts/rows/lease-row.ts';
import type { TaskRow } from '#core/contracts/rows/task-row.ts';
import { ownersOfShards } from '../../../functions/health/shard-health.ts';

const NOW_MS = 1_000_000;

const task = (taskId: string, changes: Partial<TaskRow> = {}): TaskRow => ({
  taskId,
  incarnation: `${taskId}1`,
  heartbeat: 1,
  role: 'active',
  version: '1.0.0',
  startedAtMs: 0,
  beatAtMs: NOW_MS - 1000,
  memoryBytes: 1,
  sessionsOpen: 0,
  expiresAt: 0,
  shards: 2,
  ...changes,
});
const lease = (taskId: string, owner: string, incarnation = `${owner}1`) => ({ taskId, epoch: 1, owner, incarnation });

describe('owners of shards', () => {
  it('are the living tasks that hold their leases', () => {
    const tasks = [task('a'), task('b', { beatAtMs: NOW_MS - 10_000 })];
    const leases = [lease(leaseOfShard(0), 'a'), lease(leaseOfShard(1), 'b'), lease(GUARD_LEASE, 'a')];
    expect(ownersOfShards({ tasks, leases }, 2, NOW_MS)).toEqual(new Map([[0, 'a']]));
  });

  it('are not those that held them in an earlier process', () => {
    const leases = [lease(leaseOfShard(0), 'a', 'a0')];
    expect(ownersOfShards({ tasks: [task('a')], leases }, 1, NOW_MS)).toEqual(new Map());
  });

  it('is a task of release 0.1 for all shards, which has one lease for them', () => {
    const { shards: _, ...old } = task('old');
    const leases = [lease(GUARD_LEASE, 'old')];
    expect(ownersOfShards({ tasks: [old, task('a')], leases }, 2, NOW_MS)).toEqual(
      new Map([
        [0, 'old'],
        [1, 'old'],
      ]),
    );
  });
});
