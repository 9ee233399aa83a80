import { beforeEach, describe, expect, it } from 'vitest';
import type { LeaseRow } from '#core/contracts/rows/lease-row.ts';
import type { TaskRow } from '#core/contracts/rows/task-row.ts';
import { makeLogger } from '../../../connector/observability/logger.ts';
import { SelfFence } from '../../../connector/task/self-fence.ts';
import { TaskMembership } from '../../../connector/task/task-membership.ts';
import type { TaskTable } from '../../../connector/task/task-table.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';

const logger = makeLogger({ level: 'silent', version: '0' });

/** The table's conditions without the table. */
function memoryTasks(): TaskTable & { readonly rows: Map<string, TaskRow> } {
  const rows = new Map<string, TaskRow>();
  let lease: LeaseRow = { taskId: 'lease#all', epoch: 0 };
  return {
    rows,
    enter: async (row) => void rows.set(row.taskId, row),
    async beat(row) {
      const known = rows.get(row.taskId)?.incarnation === row.incarnation;
      if (known) rows.set(row.taskId, row);
      return known;
    },
    get: async (taskId) => rows.get(taskId),
    async fence({ taskId, incarnation, heartbeat }) {
      const row = rows.get(taskId);
      return row?.incarnation === incarnation && row.heartbeat === heartbeat && rows.delete(taskId);
    },
    async leave(taskId, incarnation) {
      if (rows.get(taskId)?.incarnation === incarnation) rows.delete(taskId);
    },
    lease: async () => lease,
    async claim(seen, owner, incarnation) {
      if (seen.epoch !== lease.epoch) return false;
      lease = { ...lease, epoch: seen.epoch + 1, owner, incarnation };
      return true;
    },
    async release(owner, incarnation) {
      if (lease.owner === owner && lease.incarnation === incarnation)
        lease = { taskId: lease.taskId, epoch: lease.epoch };
    },
  };
}

let clock: VirtualClock;
let table: ReturnType<typeof memoryTasks>;
let fenced: string[];

beforeEach(() => {
  clock = new VirtualClock(0);
  table = memoryTasks();
  fenced = [];
});

async function enter(
  taskId: string,
  incarnation = taskId,
  watch: TaskTable = table,
  fence = new SelfFence({ clock, onLost: () => fenced.push(incarnation) }),
): Promise<TaskMembership> {
  const membership = new TaskMembership({
    table: watch,
    taskId,
    incarnation,
    version: '1',
    clock,
    logger,
    vitals: () => ({ memoryBytes: 1, sessionsOpen: 0 }),
    onTurn: () => undefined,
    fence,
  });
  await membership.enter();
  return membership;
}

const never = new AbortController().signal;

/** When the membership became active, monotonic milliseconds. */
function activeAt(membership: TaskMembership): { at: number | undefined } {
  const seen: { at: number | undefined } = { at: undefined };
  void membership.becomeActive(never).then(() => (seen.at = clock.monotonic()));
  return seen;
}

describe('TaskMembership', () => {
  it('lets exactly one of two tasks be active that start together', async () => {
    const tasks = await Promise.all([enter('a'), enter('b')]);
    const seen = tasks.map(activeAt);
    await clock.advance(60_000);
    expect(seen.filter(({ at }) => at !== undefined)).toHaveLength(1);
    expect([...table.rows.values()].map(({ role }) => role).toSorted()).toEqual(['active', 'standby']);
  });

  it('takes over within a second after the active task has left', async () => {
    const first = await enter('a');
    await first.becomeActive(never);
    const second = activeAt(await enter('b'));
    await clock.advance(30_000);
    expect(second.at).toBeUndefined();
    await first.leave();
    await clock.advance(1000);
    expect(second.at).toBeLessThanOrEqual(31_000);
    expect(table.rows.has('a')).toBe(false);
  });

  it('takes over from a task whose heartbeat has stood still for ten seconds, not before, and fences it', async () => {
    const frozen: TaskTable = { ...table, beat: async () => new Promise<boolean>(() => undefined) };
    const first = await enter('a', 'a', frozen);
    void first.becomeActive(never);
    await clock.advance(0);
    const second = activeAt(await enter('b'));
    await clock.advance(9000);
    expect(second.at).toBeUndefined();
    await clock.advance(3000);
    expect(second.at).toBeGreaterThanOrEqual(10_000);
    expect(table.rows.has('a')).toBe(false);
  });

  it('takes over at once when its own task was active before a restart, and the predecessor notices', async () => {
    const first = await enter('a', 'first');
    await first.becomeActive(never);
    const second = activeAt(await enter('a', 'second'));
    await clock.advance(0);
    expect(second.at).toBe(0);
    await clock.advance(2000);
    expect(fenced).toEqual(['first']);
  });

  it('goes on beating when the table is away for a while', async () => {
    let down = false;
    const flaky: TaskTable = {
      ...table,
      beat: async (row) => (down ? Promise.reject(new Error('down')) : table.beat(row)),
    };
    const first = await enter('a', 'a', flaky);
    await first.becomeActive(never);
    down = true;
    await clock.advance(8000);
    down = false;
    await clock.advance(4000);
    expect(fenced).toEqual([]);
    expect(table.rows.get('a')?.beatAtMs).toBeGreaterThan(8000);
  });
});

describe('the right of a task to act', () => {
  it('ends 7 s after its last acknowledged heartbeat, 3 s before another task may take over', async () => {
    let down = false;
    const flaky: TaskTable = {
      ...table,
      beat: async (row) => (down ? Promise.reject(new Error('down')) : table.beat(row)),
    };
    const fence = new SelfFence({ clock, onLost: () => fenced.push('a') });
    await (await enter('a', 'a', flaky, fence)).becomeActive(never);
    const second = activeAt(await enter('b'));
    await clock.advance(4000);
    down = true;
    await clock.advance(5999);
    expect(fence.silent).toBe(false);
    await clock.advance(1001);
    expect(fence.silent).toBe(true);
    const silentAt = clock.monotonic();
    await clock.advance(30_000);
    expect((second.at ?? 0) - silentAt).toBeGreaterThanOrEqual(2000);
    down = false;
    await clock.advance(2000);
    expect({ fenced, silent: fence.silent }).toEqual({ fenced: ['a'], silent: true });
  });

  it('comes back with the first heartbeat when nobody has taken over', async () => {
    let down = false;
    const flaky: TaskTable = {
      ...table,
      beat: async (row) => (down ? Promise.reject(new Error('down')) : table.beat(row)),
    };
    const fence = new SelfFence({ clock, onLost: () => fenced.push('a') });
    await (await enter('a', 'a', flaky, fence)).becomeActive(never);
    expect(fence.epoch).toBe(1);
    down = true;
    await clock.advance(60_000);
    expect(fence.silent).toBe(true);
    down = false;
    await clock.advance(2000);
    expect({ fenced, silent: fence.silent, epoch: fence.epoch }).toEqual({ fenced: [], silent: false, epoch: 1 });
  });

  it('is left to the active task when nobody could reach the table for a while', async () => {
    let down = false;
    const failing = async <T>(work: () => Promise<T>): Promise<T> => {
      if (down) throw new Error('down');
      return work();
    };
    const flaky: TaskTable = {
      ...table,
      beat: (row) => failing(() => table.beat(row)),
      lease: () => failing(() => table.lease()),
      get: (taskId) => failing(() => table.get(taskId)),
    };
    await (await enter('a', 'a', flaky)).becomeActive(never);
    const second = activeAt(await enter('b', 'b', flaky));
    await clock.advance(5000);
    down = true;
    await clock.advance(60_000);
    down = false;
    await clock.advance(30_000);
    expect({ fenced, second: second.at }).toEqual({ fenced: [], second: undefined });
  });

  it('is taken with an epoch that was never used before', async () => {
    const epochs: number[] = [];
    for (const taskId of ['a', 'b', 'c']) {
      const fence = new SelfFence({ clock, onLost: () => undefined });
      const membership = await enter(taskId, taskId, table, fence);
      await membership.becomeActive(never);
      epochs.push(fence.epoch);
      await membership.leave();
    }
    expect(epochs).toEqual([1, 2, 3]);
  });
});
