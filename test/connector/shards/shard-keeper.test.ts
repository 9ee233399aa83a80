import { beforeEach, describe, expect, it } from 'vitest';
import { leaseOfShard } from '#core/contracts/rows/lease-row.ts';
import { killable, SimulatedFleet } from './simulated-fleet.ts';

let fleet: SimulatedFleet;

beforeEach(() => {
  fleet = new SimulatedFleet();
});

describe('a fleet of tasks', () => {
  it('has every shard at once with the first task, and an even spread soon after the second has come', async () => {
    const a = await fleet.start({ id: 'a' });
    await fleet.pass(100);
    expect(a.acting).toEqual(fleet.shards);
    const b = await fleet.start({ id: 'b' });
    await fleet.pass(60_000);
    expect([a.acting.length, b.acting.length]).toEqual([4, 4]);
    expect(fleet.acting()).toEqual(fleet.shards);
  });

  it('moves nothing while nobody comes or goes', async () => {
    for (const id of ['a', 'b', 'c']) await fleet.start({ id });
    await fleet.pass(120_000);
    const before = JSON.stringify([...fleet.table.leases.values()]);
    expect(await fleet.pass(900_000)).toEqual(new Map());
    expect(JSON.stringify([...fleet.table.leases.values()])).toBe(before);
  });

  it('takes the shards of a killed task over after 10 s and before 13 s, not sooner', async () => {
    const gate = killable(fleet.table);
    const a = await fleet.start({ id: 'a', tasks: gate.tasks, leases: gate.leases });
    const b = await fleet.start({ id: 'b' });
    await fleet.pass(60_000);
    const lost = a.acting;
    expect(lost).toHaveLength(4);
    gate.kill();
    await fleet.pass(7500);
    expect(a.acting).toEqual([]);
    const without = await fleet.pass(6000);
    expect(b.acting).toEqual(fleet.shards);
    for (const shard of lost) expect(without.get(shard)).toBeLessThanOrEqual(13_000 - 7000);
    expect(fleet.table.tasks.has('a')).toBe(false);
  });

  it('lets a frozen task do nothing when it wakes, and ends it', async () => {
    const gate = killable(fleet.table);
    const a = await fleet.start({ id: 'a', tasks: gate.tasks, leases: gate.leases });
    await fleet.start({ id: 'b' });
    await fleet.pass(60_000);
    gate.kill();
    await fleet.pass(30_000);
    const epochs = fleet.epochs();
    gate.revive();
    await fleet.pass(5000);
    expect({ fenced: a.fenced, acting: a.acting }).toEqual({ fenced: true, acting: [] });
    expect(fleet.epochs()).toEqual(epochs);
  });

  it('gives a process that starts again in its task its shards back at once, under higher epochs', async () => {
    const gate = killable(fleet.table);
    const first = await fleet.start({ id: 'a', incarnation: 'first', tasks: gate.tasks, leases: gate.leases });
    await fleet.start({ id: 'b' });
    await fleet.pass(60_000);
    const own = first.acting;
    const epochs = fleet.epochs(own);
    gate.kill();
    fleet.forget(first);
    const second = await fleet.start({ id: 'a', incarnation: 'second' });
    await fleet.pass(100);
    expect(second.acting).toEqual(own);
    expect(own.map((shard, at) => fleet.table.lease(leaseOfShard(shard)).epoch > (epochs[at] ?? 0))).toEqual(
      own.map(() => true),
    );
  });

  it('gives them back also when another has far less', async () => {
    const gate = killable(fleet.table);
    const first = await fleet.start({ id: 'a', incarnation: 'first', tasks: gate.tasks, leases: gate.leases });
    await fleet.pass(3000);
    const b = await fleet.start({ id: 'b' });
    await fleet.pass(3000);
    gate.kill();
    fleet.forget(first);
    await fleet.start({ id: 'a', incarnation: 'second' });
    await fleet.pass(2500);
    expect({ a: fleet.tasks.at(-1)?.acting, b: b.acting }).toEqual({ a: fleet.shards, b: [] });
  });

  it('takes nothing from an owner whom a look missed because it came in its middle', async () => {
    const a = await fleet.start({ id: 'a' });
    await fleet.pass(3000);
    const real = fleet.table.leaseTable();
    const torn = {
      ...real,
      look: async () => {
        const seen = await real.look();
        return { ...seen, tasks: new Map([...seen.tasks].filter(([id]) => id !== 'a')) };
      },
    };
    const b = await fleet.start({ id: 'b', leases: torn });
    await fleet.pass(10_000);
    expect({ a: a.acting, b: b.acting }).toEqual({ a: fleet.shards, b: [] });
  });

  it('leaves everything where it is when nobody could reach the table for a minute', async () => {
    let down = false;
    const failing = <T extends object>(target: T): T =>
      new Proxy(target, {
        get: (inner, name) =>
          down ? async () => Promise.reject(new Error('down')) : (Reflect.get(inner, name) as unknown),
      });
    const options = { tasks: failing(fleet.table.taskTable()), leases: failing(fleet.table.leaseTable()) };
    await fleet.start({ id: 'a', ...options });
    await fleet.start({ id: 'b', ...options });
    await fleet.pass(60_000);
    const owners = fleet.shards.map((shard) => fleet.table.lease(leaseOfShard(shard)));
    down = true;
    await fleet.pass(60_000);
    expect(fleet.acting()).toEqual([]);
    down = false;
    await fleet.pass(30_000);
    expect(fleet.acting()).toEqual(fleet.shards);
    expect(fleet.shards.map((shard) => fleet.table.lease(leaseOfShard(shard)))).toEqual(owners);
    expect(fleet.tasks.map(({ fenced }) => fenced)).toEqual([false, false]);
    expect(fleet.tasks.map(({ counted }) => Math.round((counted.get('silent') ?? 0) / 5000))).toEqual([11, 11]);
  });

  it('leaves no shard without an owner when the one that it falls to lives but can not look', async () => {
    const gate = killable(fleet.table);
    await fleet.start({ id: 'a', tasks: gate.tasks, leases: gate.leases });
    const b = await fleet.start({ id: 'b' });
    const blind = { ...fleet.table.leaseTable(), look: async () => Promise.reject(new Error('denied')) };
    await fleet.start({ id: 'c', leases: blind });
    await fleet.pass(60_000);
    gate.kill();
    await fleet.pass(25_000);
    expect(b.acting).toEqual(fleet.shards);
  });

  it('tells the owner of a shard when a session was created in it', async () => {
    const a = await fleet.start({ id: 'a' });
    await fleet.pass(5000);
    const id = leaseOfShard(3);
    fleet.table.leases.set(id, { ...fleet.table.lease(id), wanted: 1 });
    await fleet.pass(2100);
    expect(a.woken).toEqual([3]);
  });

  it('notes which shards have sessions, and writes it only when that changes', async () => {
    const a = await fleet.start({ id: 'a' });
    await fleet.pass(5000);
    expect(fleet.table.lease(leaseOfShard(0)).inUse).toBe(true);
    a.sessions = 0;
    await fleet.pass(2100);
    expect(fleet.table.lease(leaseOfShard(0)).inUse).toBe(false);
  });
});

describe('a shard', () => {
  it('is lost, and not the task, when a newer owner has written, and taken anew when the lease is ours', async () => {
    const a = await fleet.start({ id: 'a' });
    await fleet.pass(5000);
    const { epoch } = fleet.table.lease(leaseOfShard(2));
    a.tenures.get(2)?.lose();
    expect(a.acting).not.toContain(2);
    expect(a.counted.get('LeaseConflicted')).toBe(1);
    await fleet.pass(2100);
    expect(a.acting).toEqual(fleet.shards);
    expect(a.tenures.get(2)?.epoch).toBeGreaterThan(epoch);
    expect(a.fenced).toBe(false);
  });

  it('is lost at the next look when its lease names somebody else', async () => {
    const a = await fleet.start({ id: 'a' });
    await fleet.pass(5000);
    const id = leaseOfShard(2);
    const x = await fleet.start({ id: 'x' });
    fleet.table.leases.set(id, { ...fleet.table.lease(id), owner: 'x', incarnation: 'x', epoch: 99 });
    fleet.forget(x);
    await fleet.pass(2500);
    expect(a.acting).not.toContain(2);
    expect(a.counted.get('LeaseConflicted')).toBe(1);
  });

  it('is lost when its lease names somebody else, and a question after a 440 finds that out at once', async () => {
    const a = await fleet.start({ id: 'a' });
    await fleet.pass(5000);
    const tenure = a.tenures.get(2);
    expect(await tenure?.confirm()).toBe(true);
    const id = leaseOfShard(2);
    fleet.table.leases.set(id, { ...fleet.table.lease(id), owner: 'x', incarnation: 'x', epoch: 99 });
    expect(await tenure?.confirm()).toBe(false);
    expect(a.acting).not.toContain(2);
  });
});
