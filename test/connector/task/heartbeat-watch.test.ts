import { beforeEach, describe, expect, it } from 'vitest';
import type { TaskRow } from '#core/contracts/rows/task-row.ts';
import { HeartbeatWatch } from '../../../connector/task/heartbeat-watch.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';

let clock: VirtualClock;
let watch: HeartbeatWatch;

beforeEach(() => {
  clock = new VirtualClock(0);
  watch = new HeartbeatWatch(clock);
});

const row = (heartbeat: number, incarnation = 'first'): TaskRow => ({
  taskId: 'a',
  incarnation,
  heartbeat,
  role: 'active',
  version: '1',
  startedAtMs: 0,
  // What a wall clock says is nobody's business.
  beatAtMs: -600_000,
  memoryBytes: 1,
  sessionsOpen: 0,
  expiresAt: 0,
});

/** Looks so often at the same heartbeat, with so much time between. */
async function look(times: number, everyMs: number, seen = row(1)): Promise<void> {
  for (let n = 0; n < times; n++) {
    watch.see([seen]);
    await clock.advance(everyMs);
  }
}

describe('HeartbeatWatch', () => {
  it('holds a task for dead whose heartbeat has stood still for ten seconds', async () => {
    await look(4, 2500);
    expect(watch.isDead(row(1))).toBe(true);
  });

  it('does not at 9.999 s', async () => {
    await look(4, 2499);
    expect(watch.isDead(row(1))).toBe(false);
    expect(watch.nextDeathMs([row(1)])).toBe(4);
  });

  it('does not with three reads, however much time has passed', async () => {
    await look(3, 60_000);
    expect(watch.isDead(row(1))).toBe(false);
  });

  it('begins anew when the heartbeat moves, the process is another, or it has to forget', async () => {
    await look(4, 2500);
    watch.see([row(2)]);
    expect(watch.isDead(row(2))).toBe(false);
    await look(4, 2500, row(2));
    watch.see([row(2, 'second')]);
    expect(watch.isDead(row(2, 'second'))).toBe(false);
    await look(4, 2500, row(2, 'second'));
    watch.forget();
    expect(watch.isDead(row(2, 'second'))).toBe(false);
  });
});
