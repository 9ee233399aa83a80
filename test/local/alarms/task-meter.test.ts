import { describe, expect, it } from 'vitest';
import { TaskMeter } from '../../../local/alarms/task-meter.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';

const START_MS = Date.parse('2026-11-20T14:00:00Z');
const MINUTE_MS = 60_000;
const MB = 1024 * 1024;
/** A quarter of a processor, 512 MB. */
const reserved = { cpuUnits: 256, memoryMb: 512 };

function setUp() {
  const clock = new VirtualClock(START_MS);
  const machine = new VirtualClock(0);
  const task = {
    id: 't',
    startedAtMs: START_MS,
    usedMs: 0 as number | undefined,
    processorMs: (): number | undefined => task.usedMs,
    memoryBytes: (): number | undefined => 128 * MB,
  };
  const meter = new TaskMeter(clock, machine);
  /** Both clocks go on, the task works. */
  const minute = async (workMs: number, virtualMs = MINUTE_MS, realMs = MINUTE_MS): Promise<number> => {
    await clock.advance(virtualMs);
    await machine.advance(realMs);
    task.usedMs = (task.usedMs ?? 0) + workMs;
    return meter.read(task, reserved).processorPercent;
  };
  return { task, meter, minute };
}

describe('TaskMeter', () => {
  it('gives the share of what the task reserves, since the last look', async () => {
    const { minute, meter, task } = setUp();
    expect(await minute(7500)).toBe(50);
    expect(await minute(1500)).toBe(10);
    expect(meter.read(task, reserved).memoryPercent).toBe(25);
  });

  it('gives no more than all, as Fargate does', async () => {
    expect(await setUp().minute(120_000)).toBe(100);
  });

  it('shows no load that only a virtual clock makes', async () => {
    const { minute } = setUp();
    expect(await minute(15, MINUTE_MS, 15)).toBeCloseTo(0.1);
    expect(await minute(1500, 15, MINUTE_MS)).toBe(10);
  });

  it('counts from zero again when the container was restarted', async () => {
    const { minute, task } = setUp();
    await minute(7500);
    task.usedMs = 0;
    expect(await minute(1500)).toBe(10);
  });

  it('forgets tasks that are gone', async () => {
    const { minute, meter } = setUp();
    await minute(7500);
    meter.keepOnly([]);
    // Its time counts from its start again.
    expect(await minute(7500)).toBe(50);
  });

  it('gives zero where the system does not say', async () => {
    const { meter, task } = setUp();
    task.usedMs = undefined;
    expect(meter.read({ ...task, memoryBytes: () => undefined }, reserved)).toEqual({
      processorPercent: 0,
      memoryPercent: 0,
    });
  });
});
