import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { SELF_FENCE_MS } from '../../../connector/task/figures.ts';
import { SelfFence } from '../../../connector/task/self-fence.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';

let clock: VirtualClock;
let lost: number;
let fence: SelfFence;

beforeEach(() => {
  clock = new VirtualClock(0);
  lost = 0;
  fence = new SelfFence({ clock, onLost: () => (lost += 1) });
});

describe('SelfFence', () => {
  it('is silent until the first heartbeat is acknowledged', () => {
    expect(fence.silent).toBe(true);
    fence.acknowledged(clock.monotonic());
    expect(fence.silent).toBe(false);
  });

  it('falls silent 7 s after the last acknowledged heartbeat was sent, however late the answer came', async () => {
    const sentMs = clock.monotonic();
    await clock.advance(3000);
    fence.acknowledged(sentMs);
    await clock.advance(3999);
    expect(fence.silent).toBe(false);
    await clock.advance(1);
    expect(fence.silent).toBe(true);
  });

  it('stays silent when the answer to a heartbeat comes that was sent before a long stop', async () => {
    const sentMs = clock.monotonic();
    await clock.advance(30_000);
    fence.acknowledged(sentMs);
    expect(fence.silent).toBe(true);
  });

  it('lets everybody go on who waits as soon as a later heartbeat is acknowledged', async () => {
    fence.acknowledged(0);
    await clock.advance(SELF_FENCE_MS);
    const went: number[] = [];
    for (const n of [1, 2, 3]) void fence.lifted().then(() => went.push(n));
    await clock.advance(60_000);
    expect(went).toEqual([]);
    fence.acknowledged(clock.monotonic());
    await clock.advance(0);
    expect(went).toEqual([1, 2, 3]);
  });

  it('is silent for good, and says so once, when another task has taken over', async () => {
    fence.acknowledged(0);
    fence.lose();
    fence.lose();
    let went = false;
    void fence.lifted().then(() => (went = true));
    fence.acknowledged(clock.monotonic());
    await clock.advance(0);
    expect({ silent: fence.silent, lost, went }).toEqual({ silent: true, lost: 1, went: false });
  });

  it('never lets anybody act later than 7 s after a heartbeat that was sent and acknowledged', async () => {
    const beats = fc.array(
      fc.record({ pauseMs: fc.nat(9000), tookMs: fc.nat(9000), arrives: fc.boolean(), acts: fc.boolean() }),
    );
    await fc.assert(
      fc.asyncProperty(beats, async (plan) => {
        const time = new VirtualClock(0);
        const tested = new SelfFence({ clock: time, onLost: () => undefined });
        let lastSentMs = Number.NEGATIVE_INFINITY;
        for (const { pauseMs, tookMs, arrives, acts } of plan) {
          await time.advance(pauseMs);
          const sentMs = time.monotonic();
          await time.advance(tookMs);
          if (arrives) {
            tested.acknowledged(sentMs);
            lastSentMs = sentMs;
          }
          if (acts) expect(tested.silent).toBe(time.monotonic() - lastSentMs >= 7000);
        }
      }),
      { numRuns: 60 },
    );
  });
});
