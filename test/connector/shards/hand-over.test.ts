import { beforeEach, describe, expect, it } from 'vitest';
import { GUARD_LEASE } from '#core/contracts/rows/lease-row.ts';
import { killable, SimulatedFleet } from './simulated-fleet.ts';

let fleet: SimulatedFleet;

beforeEach(() => {
  fleet = new SimulatedFleet();
});

describe('a task that gets a SIGTERM', () => {
  it('hands its shards over one by one, each without an owner for a moment only', async () => {
    const a = await fleet.start({ id: 'a', release: '1.0.0' });
    await fleet.pass(5000);
    const b = await fleet.start({ id: 'b', release: '1.1.0' });
    await fleet.pass(3000);
    const epochs = fleet.epochs();
    const stopped = a.stop();
    const without = await fleet.pass(15_000);
    await stopped;
    expect(b.acting).toEqual(fleet.shards);
    expect(fleet.table.tasks.has('a')).toBe(false);
    // Its own end takes 500 ms here.
    for (const ms of without.values()) expect(ms).toBeLessThanOrEqual(500 + 300);
    expect(fleet.epochs().every((epoch, shard) => epoch > (epochs[shard] ?? 0))).toBe(true);
  });

  it('gives its shards to the newest release, not to those that will go next', async () => {
    const a = await fleet.start({ id: 'a', release: '1.0.0' });
    const b = await fleet.start({ id: 'b', release: '1.0.0' });
    await fleet.pass(60_000);
    await fleet.start({ id: 'c', release: '1.1.0' });
    const d = await fleet.start({ id: 'd', release: '1.1.0' });
    await fleet.pass(3000);
    const held = b.acting;
    await Promise.all([a.stop(), fleet.pass(15_000)]);
    expect(b.acting).toEqual(held);
    expect(d.acting).toHaveLength(2);
  });

  it('ends its shards and leaves when it is alone, and the next task takes all at once', async () => {
    const a = await fleet.start({ id: 'a' });
    await fleet.pass(5000);
    await Promise.all([a.stop(), fleet.pass(2000)]);
    expect(fleet.table.tasks.size).toBe(0);
    expect(fleet.table.lease(GUARD_LEASE).owner).toBeUndefined();
    const b = await fleet.start({ id: 'b' });
    await fleet.pass(100);
    expect(b.acting).toEqual(fleet.shards);
  });

  it('passes a task over that does not get ready, and ends what nobody takes', async () => {
    const a = await fleet.start({ id: 'a' });
    await fleet.pass(5000);
    const b = await fleet.start({ id: 'b' });
    b.prepares = () => new Promise(() => undefined);
    await fleet.pass(3000);
    const stopped = a.stop();
    await fleet.pass(9000);
    expect({ a: a.acting, b: b.acting }).toEqual({ a: fleet.shards, b: [] });
    await Promise.all([stopped, fleet.pass(11_000)]);
    expect(fleet.table.tasks.has('a')).toBe(false);
    expect(b.acting).toEqual(fleet.shards);
  });

  it('is overtaken by the death of its target without harm', async () => {
    const gate = killable(fleet.table);
    const a = await fleet.start({ id: 'a' });
    await fleet.pass(5000);
    const b = await fleet.start({ id: 'b', tasks: gate.tasks, leases: gate.leases, release: '1.1.0' });
    await fleet.pass(3000);
    const stopped = a.stop();
    await fleet.pass(1000);
    gate.kill();
    fleet.forget(b);
    await Promise.all([stopped, fleet.pass(40_000)]);
    const c = await fleet.start({ id: 'c' });
    await fleet.pass(20_000);
    expect(c.acting).toEqual(fleet.shards);
  });

  it('has gone within ECS’s 120 s with 24 shards that take 5 s each', async () => {
    fleet = new SimulatedFleet(24);
    const a = await fleet.start({ id: 'a', endMs: 5000 });
    await fleet.pass(5000);
    const b = await fleet.start({ id: 'b' });
    await fleet.pass(3000);
    const stopped = a.stop().then(() => fleet.clock.monotonic());
    const sinceMs = fleet.clock.monotonic();
    await fleet.pass(110_000);
    expect((await stopped) - sinceMs).toBeLessThan(100_000);
    expect(b.acting).toHaveLength(24);
  });
});
