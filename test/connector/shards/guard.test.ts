import { beforeEach, describe, expect, it } from 'vitest';
import { GUARD_LEASE, leaseOfShard } from '#core/contracts/rows/lease-row.ts';
import type { TaskRow } from '#core/contracts/rows/task-row.ts';
import { killable, SimulatedFleet } from './simulated-fleet.ts';

let fleet: SimulatedFleet;

beforeEach(() => {
  fleet = new SimulatedFleet();
});

describe('beside a task of release 0.1', () => {
  const oldRow = (heartbeat: number): TaskRow => ({
    taskId: 'old',
    incarnation: 'old',
    heartbeat,
    role: 'active',
    version: '0.1.0',
    startedAtMs: 0,
    beatAtMs: 0,
    memoryBytes: 1,
    sessionsOpen: 1,
    expiresAt: 0,
  });
  /** It has the one lease, and beats until the returned function is called. */
  function oldTask(epoch: number): () => void {
    fleet.table.leases.set(GUARD_LEASE, { taskId: GUARD_LEASE, epoch, owner: 'old', incarnation: 'old' });
    let heartbeat = 0;
    let cancel = (): void => undefined;
    const beat = (): void => {
      fleet.table.tasks.set('old', oldRow((heartbeat += 1)));
      cancel = fleet.clock.after(2000, beat);
    };
    beat();
    return () => cancel();
  }

  it('takes no shard while that lives, and all at once when it has left', async () => {
    const die = oldTask(7);
    const a = await fleet.start({ id: 'a' });
    await fleet.pass(60_000);
    expect(a.acting).toEqual([]);
    expect(fleet.table.tasks.get('a')?.role).toBe('standby');
    die();
    fleet.table.tasks.delete('old');
    fleet.table.leases.set(GUARD_LEASE, { taskId: GUARD_LEASE, epoch: 7 });
    await fleet.pass(2100);
    expect(a.acting).toEqual(fleet.shards);
    await fleet.pass(2000);
    expect(fleet.table.tasks.get('a')?.role).toBe('active');
    expect(fleet.shards.map((shard) => fleet.table.lease(leaseOfShard(shard)).epoch > 7)).toEqual(
      fleet.shards.map(() => true),
    );
  });

  it('fences it when it is dead, before anything is taken', async () => {
    const die = oldTask(7);
    const a = await fleet.start({ id: 'a' });
    await fleet.pass(10_000);
    die();
    await fleet.pass(9000);
    expect(a.acting).toEqual([]);
    await fleet.pass(5000);
    expect(a.acting).toEqual(fleet.shards);
    expect(fleet.table.tasks.has('old')).toBe(false);
  });

  it('holds the one lease as long as any of the new tasks lives, under an epoch that no shard’s is above', async () => {
    const gate = killable(fleet.table);
    const a = await fleet.start({ id: 'a', tasks: gate.tasks, leases: gate.leases });
    const b = await fleet.start({ id: 'b' });
    await fleet.pass(60_000);
    const highest = (): number => Math.max(...fleet.epochs());
    expect(fleet.table.lease(GUARD_LEASE).owner).toBe('a');
    gate.kill();
    // An old standby would hold it for dead after 10 s; it goes to the other before.
    await fleet.pass(9000);
    expect(fleet.table.lease(GUARD_LEASE).owner).toBe('b');
    await fleet.pass(10_000);
    expect(b.acting).toEqual(fleet.shards);
    expect(fleet.table.lease(GUARD_LEASE).epoch).toBeGreaterThanOrEqual(highest());
    fleet.forget(a);
    await Promise.all([b.stop(), fleet.pass(5000)]);
    expect(fleet.table.lease(GUARD_LEASE).owner).toBeUndefined();
    expect(fleet.table.lease(GUARD_LEASE).epoch).toBeGreaterThanOrEqual(highest());
  });

  it('keeps the one lease above the shards however often they change hands', async () => {
    let last = await fleet.start({ id: 'a' });
    await fleet.pass(3000);
    for (const id of ['b', 'c', 'd', 'e', 'f']) {
      const next = await fleet.start({ id });
      await fleet.pass(3000);
      await Promise.all([last.stop(), fleet.pass(10_000)]);
      expect(next.acting).toEqual(fleet.shards);
      expect(fleet.table.lease(GUARD_LEASE).epoch).toBeGreaterThanOrEqual(Math.max(...fleet.epochs()));
      last = next;
    }
    // Each hand-over raises a shard's epoch by one; a guard that changes hands does so too, and must not be what saves it.
    for (const shard of fleet.shards) last.tenures.get(shard)?.lose();
    await fleet.pass(3000);
    expect(Math.max(...fleet.epochs())).toBeGreaterThan(50);
    expect(fleet.table.lease(GUARD_LEASE).epoch).toBeGreaterThanOrEqual(Math.max(...fleet.epochs()));
  });

  it('gives everything up when that has got the one lease after all', async () => {
    const a = await fleet.start({ id: 'a', endMs: 20_000 });
    await fleet.pass(5000);
    const { epoch } = fleet.table.lease(GUARD_LEASE);
    oldTask(epoch + 1);
    await fleet.clock.advance(2100);
    expect(a.acting).toEqual([]);
    expect(fleet.shards.map((shard) => fleet.table.lease(leaseOfShard(shard)).owner)).toEqual(
      fleet.shards.map(() => undefined),
    );
  });
});
