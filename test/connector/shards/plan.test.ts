import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LeaseRow } from '#core/contracts/rows/lease-row.ts';
import type { TaskRow } from '#core/contracts/rows/task-row.ts';
import { type Fleet, fleetOf, ownerOf, type TaskRun, targetOf } from '../../../connector/shards/fleet.ts';
import { planOf } from '../../../connector/shards/plan.ts';
import { compareReleases } from '../../../connector/shards/release-order.ts';

/** A task as a plan sees it, and the leases that it has. */
interface Member {
  readonly id: string;
  readonly release: string;
  readonly draining: boolean;
  readonly shards: number;
}

const ids = ['a', 'b', 'c', 'd', 'e'];
const member = fc.record({
  id: fc.constantFrom(...ids),
  release: fc.constantFrom('1.0.0', '1.0.1', '1.1.0'),
  draining: fc.boolean(),
  shards: fc.constantFrom(8, 8, 8, 4),
});
const members = fc.uniqueArray(member, { selector: ({ id }) => id, minLength: 1, maxLength: 5 });
const SHARDS = 8;
const owned = fc.array(fc.record({ owner: fc.option(fc.constantFrom(...ids)), inUse: fc.option(fc.boolean()) }), {
  minLength: SHARDS,
  maxLength: SHARDS,
});

const rowOf = ({ id, release, draining, shards }: Member): TaskRow => ({
  taskId: id,
  incarnation: `${id}1`,
  heartbeat: 1,
  role: 'active',
  version: release,
  startedAtMs: 0,
  beatAtMs: 0,
  memoryBytes: 0,
  sessionsOpen: 0,
  expiresAt: 0,
  shards,
  ...(draining && { draining }),
});

function fleetWith(
  tasks: readonly Member[],
  leases: readonly { owner: string | null; inUse: boolean | null }[],
): Fleet {
  const guard: LeaseRow = {
    taskId: 'lease#all',
    epoch: 1,
    owner: tasks[0]?.id,
    incarnation: `${tasks[0]?.id}1`,
    floor: 1,
  };
  const leaseRows = leases.map(({ owner, inUse }, shard): LeaseRow => {
    const lease: LeaseRow = { taskId: `lease#${shard}`, epoch: 1 };
    return { ...lease, ...(owner && { owner, incarnation: `${owner}1` }), ...(inUse !== null && { inUse }) };
  });
  return fleetOf(
    { tasks: new Map(tasks.map((one) => [one.id, rowOf(one)])), leaseRows: [guard, ...leaseRows] },
    SHARDS,
  );
}

const runOf = (id: string): TaskRun => ({ taskId: id, incarnation: `${id}1` });

function planFor(fleet: Fleet, id: string, balance: boolean) {
  const atWork = new Map(
    fleet.leases.filter(({ owner }) => owner === id).map(({ shard, epoch }) => [shard, epoch] as const),
  );
  return planOf(fleet, {
    me: runOf(id),
    atWork,
    ending: new Set(),
    balance,
    neglected: new Set(),
    passedOver: new Set(),
  });
}

/** All tasks do what their plans say, each after a look of its own, in the given order; what is offered is taken. */
function round(
  fleet: Fleet,
  order: readonly string[],
  balance: boolean,
): { readonly fleet: Fleet; readonly moved: number } {
  let now = fleet;
  let moved = 0;
  const change = (shard: number, changes: Partial<LeaseRow>): void => {
    now = { ...now, leases: now.leases.map((lease) => (lease.shard === shard ? { ...lease, ...changes } : lease)) };
  };
  const none = { target: undefined, targetIncarnation: undefined, ready: undefined };
  for (const id of order) {
    const plan = planFor(now, id, balance);
    for (const { shard, epoch } of plan.claim) {
      expect(ownerOf(now, now.leases[shard] ?? { taskId: 'x', epoch: 0 })).toBeUndefined();
      change(shard, { owner: id, incarnation: `${id}1`, epoch: epoch + 1, ...none });
    }
    for (const { shard } of plan.accept) change(shard, { ready: true });
    for (const { lease, target } of plan.offer) {
      change(lease.shard, { ...none, target: target.taskId, targetIncarnation: target.incarnation });
    }
    for (const { shard } of plan.withdraw) change(shard, none);
    for (const { lease, target } of plan.handOver) {
      moved += 1;
      change(lease.shard, { owner: target.taskId, incarnation: target.incarnation, epoch: lease.epoch + 1, ...none });
    }
    for (const { shard } of plan.release) change(shard, { owner: undefined, incarnation: undefined, ...none });
  }
  return { fleet: now, moved };
}

function settle(
  fleet: Fleet,
  order: readonly string[],
  balance: boolean,
): { readonly fleet: Fleet; readonly moved: number } {
  let now = fleet;
  let moved = 0;
  for (let turn = 0; turn < 60; turn++) {
    const next = round(now, order, balance);
    moved += next.moved;
    if (JSON.stringify(next.fleet.leases) === JSON.stringify(now.leases)) return { fleet: now, moved };
    now = next.fleet;
  }
  throw new Error('The fleet does not come to rest.');
}

const orderOf = (tasks: readonly Member[], seed: number): readonly string[] =>
  tasks.map(({ id }) => id).toSorted((a, b) => ((a.charCodeAt(0) * seed) % 7) - ((b.charCodeAt(0) * seed) % 7));

describe('the plans of a fleet', () => {
  it('come to rest with one owner for each shard that a staying task knows, whatever was before', () => {
    fc.assert(
      fc.property(members, owned, fc.nat(20), fc.boolean(), (tasks, leases, seed, balance) => {
        const { fleet } = settle(fleetWith(tasks, leases), orderOf(tasks, seed), balance);
        const staying = tasks.filter(({ draining }) => !draining);
        for (const lease of fleet.leases) {
          const owner = ownerOf(fleet, lease);
          expect(targetOf(fleet, lease)).toBeUndefined();
          if (staying.some(({ shards }) => shards > lease.shard)) expect(owner?.draining).not.toBe(true);
          expect(owner !== undefined).toBe(staying.some(({ shards }) => shards > lease.shard) || owner !== undefined);
          if (staying.some(({ shards }) => shards > lease.shard)) expect(owner).toBeDefined();
          else expect(owner?.draining ?? false).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('spread shards with sessions and all shards with a difference of one at most among tasks of one release', () => {
    fc.assert(
      fc.property(members, owned, fc.nat(20), (tasks, leases, seed) => {
        const same = tasks.map((one) => ({ ...one, release: '1.0.0', draining: false, shards: SHARDS }));
        const { fleet } = settle(fleetWith(same, leases), orderOf(same, seed), true);
        const counts = (used: boolean): number[] =>
          same.map(
            ({ id }) => fleet.leases.filter(({ owner, inUse }) => owner === id && (!used || (inUse ?? true))).length,
          );
        for (const used of [true, false])
          expect(Math.max(...counts(used)) - Math.min(...counts(used))).toBeLessThanOrEqual(1);
      }),
      { numRuns: 300 },
    );
  });

  it('move nothing once they have come to rest, and nothing at all without leave to balance', () => {
    fc.assert(
      fc.property(members, owned, fc.nat(20), (tasks, leases, seed) => {
        const order = orderOf(tasks, seed);
        const rested = settle(fleetWith(tasks, leases), order, true).fleet;
        expect(settle(rested, order.toReversed(), true).moved).toBe(0);
        const staying = tasks.map((one) => ({ ...one, draining: false }));
        expect(settle(fleetWith(staying, leases), order, false).moved).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it('move as few shards as an even spread needs', () => {
    fc.assert(
      fc.property(members, owned, (tasks, leases) => {
        const same = tasks.map((one) => ({ ...one, release: '1.0.0', draining: false, shards: SHARDS }));
        const used = leases.map(({ owner }) => ({ owner, inUse: true }));
        const start = settle(fleetWith(same, used), orderOf(same, 1), false).fleet;
        const counts = same.map(({ id }) => start.leases.filter(({ owner }) => owner === id).length);
        const share = Math.ceil(SHARDS / same.length);
        const tooMany = counts.reduce((sum, count) => sum + Math.max(0, count - share), 0);
        const tooFew = counts.reduce((sum, count) => sum + Math.max(0, Math.floor(SHARDS / same.length) - count), 0);
        expect(settle(start, orderOf(same, 1), true).moved).toBe(Math.max(tooMany, tooFew));
      }),
      { numRuns: 200 },
    );
  });

  it('never hand a shard to an older release', () => {
    fc.assert(
      fc.property(members, owned, fc.boolean(), (tasks, leases, balance) => {
        const fleet = fleetWith(tasks, leases);
        for (const { id, release } of tasks) {
          for (const { target } of planFor(fleet, id, balance).offer) {
            const to = fleet.tasks.get(target.taskId);
            expect(compareReleases(to?.version ?? '', release)).toBeGreaterThanOrEqual(0);
            expect(to?.draining).not.toBe(true);
          }
        }
      }),
    );
  });

  it('claim no shard twice when all tasks see the same', () => {
    fc.assert(
      fc.property(members, owned, (tasks, leases) => {
        const fleet = fleetWith(tasks, leases);
        const claimed = tasks.flatMap(({ id }) => planFor(fleet, id, false).claim.map(({ shard }) => shard));
        expect(new Set(claimed).size).toBe(claimed.length);
      }),
    );
  });
});
