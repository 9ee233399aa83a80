import { beforeEach, describe, expect, it } from 'vitest';
import type { TaskRow } from '#core/contracts/rows/task-row.ts';
import { makeLogger } from '../../../connector/observability/logger.ts';
import { SelfFence } from '../../../connector/task/self-fence.ts';
import { TaskMembership } from '../../../connector/task/task-membership.ts';
import type { TaskTable } from '../../../connector/task/task-table.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { MemoryTable } from '../shards/memory-table.ts';

const logger = makeLogger({ level: 'silent', version: '0' });

let clock: VirtualClock;
let table: MemoryTable;
let lost: string[];
let silences: number[];
let down: boolean;
let turns: number;

beforeEach(() => {
  clock = new VirtualClock(0);
  table = new MemoryTable(8);
  lost = [];
  silences = [];
  down = false;
  turns = 0;
});

/** A task whose heartbeats fail while `down`. */
async function enter(incarnation: string): Promise<{ readonly membership: TaskMembership; readonly fence: SelfFence }> {
  const real = table.taskTable();
  const flaky: TaskTable = {
    ...real,
    beat: async (row) => (down ? Promise.reject(new Error('down')) : real.beat(row)),
  };
  const fence = new SelfFence({ clock, onLost: () => lost.push(incarnation) });
  const membership = new TaskMembership({
    table: flaky,
    taskId: 'a',
    incarnation,
    version: '1',
    shards: 8,
    clock,
    logger,
    vitals: () => ({ memoryBytes: 1, sessionsOpen: 0 }),
    onTurn: () => (turns += 1),
    onSilent: (ms) => silences.push(ms),
    fence,
  });
  await membership.enter();
  return { membership, fence };
}

const row = (): TaskRow | undefined => table.tasks.get('a');

describe('TaskMembership', () => {
  it('beats every two seconds with a number that only grows', async () => {
    await enter('first');
    expect(row()).toMatchObject({ heartbeat: 0, shards: 8, role: 'standby' });
    await clock.advance(6000);
    expect(row()).toMatchObject({ heartbeat: 3, beatAtMs: 6000 });
  });

  it('says at once that it drains, and goes on saying so', async () => {
    const { membership } = await enter('first');
    membership.assume('active');
    await membership.drain();
    expect(row()).toMatchObject({ heartbeat: 1, draining: true, role: 'active' });
    await clock.advance(2000);
    expect(row()).toMatchObject({ heartbeat: 2, draining: true });
  });

  it('loses its right to act at its next heartbeat when its task was started again', async () => {
    const { fence } = await enter('first');
    await enter('second');
    await clock.advance(2000);
    expect({ lost, silent: fence.silent }).toEqual({ lost: ['first'], silent: true });
    expect(row()?.incarnation).toBe('second');
    turns = 0;
    await clock.advance(10_000);
    expect(turns).toBe(5);
  });

  it('is silent 7 s after its last heartbeat that got through, and goes on with the next one that does', async () => {
    const { fence } = await enter('first');
    await clock.advance(4000);
    down = true;
    await clock.advance(6999);
    expect(fence.silent).toBe(false);
    await clock.advance(1);
    expect(fence.silent).toBe(true);
    await clock.advance(60_000);
    down = false;
    await clock.advance(2000);
    expect({ lost, silent: fence.silent }).toEqual({ lost: [], silent: false });
    expect(silences).toHaveLength(1);
    expect(silences[0]).toBeGreaterThanOrEqual(60_000);
  });

  it('leaves no row behind, and none of its successor’s is touched', async () => {
    const { membership } = await enter('first');
    await enter('second');
    await membership.leave();
    expect(row()?.incarnation).toBe('second');
  });
});
