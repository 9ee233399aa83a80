import { beforeEach, describe, expect, it } from 'vitest';
import { Tenure } from '../../../connector/shards/tenure.ts';
import { SELF_FENCE_MS } from '../../../connector/task/figures.ts';
import { SelfFence } from '../../../connector/task/self-fence.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';

let clock: VirtualClock;
let fence: SelfFence;
let lost: number;
let ours: boolean;
let tenure: Tenure;

beforeEach(() => {
  clock = new VirtualClock(0);
  fence = new SelfFence({ clock, onLost: () => undefined });
  fence.acknowledged(0);
  lost = 0;
  ours = true;
  tenure = new Tenure({ shard: 1, epoch: 4, fence, onLost: () => (lost += 1), isOurs: async () => ours });
});

/** Whether somebody who waits for the right to act goes on. */
async function goesOn(): Promise<boolean> {
  let went = false;
  void tenure.lifted().then(() => (went = true));
  await clock.advance(0);
  return went;
}

describe('Tenure', () => {
  it('may act as long as the task may', async () => {
    expect({ silent: tenure.silent, went: await goesOn() }).toEqual({ silent: false, went: true });
    await clock.advance(SELF_FENCE_MS);
    expect({ silent: tenure.silent, went: await goesOn() }).toEqual({ silent: true, went: false });
  });

  it.each(['end', 'lose'] as const)('may never act again after its %s, although the task may', async (how) => {
    tenure[how]();
    expect({ silent: tenure.silent, went: await goesOn(), aborted: tenure.abandoned.aborted }).toEqual({
      silent: true,
      went: false,
      aborted: true,
    });
  });

  it('holds those back who waited through a silence in which it was lost', async () => {
    await clock.advance(SELF_FENCE_MS);
    let went = false;
    void tenure.lifted().then(() => (went = true));
    tenure.lose();
    fence.acknowledged(clock.monotonic());
    await clock.advance(0);
    expect(went).toBe(false);
  });

  it('says once that it was lost, and not when it was ended on purpose', () => {
    tenure.lose();
    tenure.lose();
    expect(lost).toBe(1);
    const other = new Tenure({ shard: 1, epoch: 5, fence, onLost: () => (lost += 1) });
    other.end();
    other.lose();
    expect(lost).toBe(1);
  });

  it('is lost when a question finds the lease to be another’s', async () => {
    expect(await tenure.confirm()).toBe(true);
    ours = false;
    expect(await tenure.confirm()).toBe(false);
    expect({ lost, over: tenure.over }).toEqual({ lost: 1, over: true });
  });
});
