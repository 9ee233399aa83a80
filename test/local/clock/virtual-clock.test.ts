import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sleep } from '#core/domain/clock.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';

describe('VirtualClock', () => {
  it('fires timers in the order of their due times, and of their setting when equal', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 30 }), async (delays) => {
        const clock = new VirtualClock(1_000);
        const fired: { i: number; at: number }[] = [];
        for (const [i, delay] of delays.entries()) clock.after(delay, () => fired.push({ i, at: clock.now() - 1_000 }));
        await clock.advance(20);
        const expected = delays.map((at, i) => ({ i, at })).sort((a, b) => a.at - b.at || a.i - b.i);
        expect(fired).toEqual(expected);
      }),
    );
  });

  it('stands still until it is moved', async () => {
    const clock = new VirtualClock(5);
    let fired = false;
    clock.after(10, () => {
      fired = true;
    });
    await clock.advance(9);
    expect([clock.now(), clock.monotonic(), fired, clock.untilNext()]).toEqual([14, 9, false, 1]);
    await clock.advance(1);
    expect([clock.now(), fired, clock.untilNext()]).toEqual([15, true, undefined]);
  });

  it('fires a timer that another one sets, when it falls due on the way', async () => {
    const clock = new VirtualClock(0);
    const at: number[] = [];
    const again = (): void => {
      at.push(clock.now());
      clock.after(10, again);
    };
    clock.after(10, again);
    await clock.advance(35);
    expect(at).toEqual([10, 20, 30]);
  });

  it('lets work under way set its timer before a later one fires', async () => {
    const clock = new VirtualClock(0);
    const order: string[] = [];
    void Promise.resolve().then(() => clock.after(1, () => order.push('early')));
    clock.after(5, () => order.push('late'));
    await clock.advance(5);
    expect(order).toEqual(['early', 'late']);
  });

  it('does not fire what was cancelled', async () => {
    const clock = new VirtualClock(0);
    let fired = false;
    clock.after(1, () => {
      fired = true;
    })();
    await clock.advance(2);
    expect(fired).toBe(false);
  });

  it('never goes back when two advances run at once', async () => {
    const clock = new VirtualClock(0);
    const heard: number[] = [];
    clock.onMove((nowMs) => heard.push(nowMs));
    await Promise.all([clock.advance(10), clock.advance(3)]);
    expect(clock.now()).toBe(10);
    expect(heard).toEqual([...heard].sort((a, b) => a - b));
  });

  it('stops at the timers of a source', async () => {
    const clock = new VirtualClock(0);
    let due: number | undefined = 7;
    const heard: number[] = [];
    clock.onMove((nowMs) => {
      heard.push(nowMs);
      if (nowMs === 7) due = undefined;
    });
    const off = clock.watch({ nextDueMs: () => due });
    expect(clock.untilNext()).toBe(7);
    await clock.advance(10);
    expect(heard).toEqual([7, 10]);
    off();
  });
});

describe('sleep', () => {
  it('ends when the time is over or the signal aborts, whichever is first', async () => {
    const clock = new VirtualClock(0);
    const stop = new AbortController();
    const ended: string[] = [];
    void sleep(clock, 10).then(() => ended.push('time'));
    void sleep(clock, 10, stop.signal).then(() => ended.push('abort'));
    stop.abort();
    await clock.advance(9);
    expect(ended).toEqual(['abort']);
    await clock.advance(1);
    expect(ended).toEqual(['abort', 'time']);
    await sleep(clock, 10, stop.signal);
    expect(clock.untilNext()).toBeUndefined();
  });
});
