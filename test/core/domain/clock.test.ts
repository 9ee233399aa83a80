import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { inTime, systemClock } from '#core/domain/clock.ts';

const DAY = 86_400_000;

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

describe('systemClock', () => {
  it('fires a timer of 40 days after 40 days, though setTimeout can only wait 24.8', () => {
    let fired = false;
    systemClock.after(40 * DAY, () => {
      fired = true;
    });
    vi.advanceTimersByTime(40 * DAY - 1);
    expect(fired).toBe(false);
    vi.advanceTimersByTime(1);
    expect(fired).toBe(true);
  });

  it('fires nothing when a long timer was cancelled after its first piece', () => {
    let fired = false;
    const cancel = systemClock.after(40 * DAY, () => {
      fired = true;
    });
    vi.advanceTimersByTime(30 * DAY);
    cancel();
    vi.advanceTimersByTime(30 * DAY);
    expect([fired, vi.getTimerCount()]).toEqual([false, 0]);
  });

  it('fires soon when the delay is not positive', () => {
    let fired = 0;
    systemClock.after(-5, () => {
      fired += 1;
    });
    expect(fired).toBe(0);
    vi.advanceTimersByTime(1);
    expect(fired).toBe(1);
  });
});

describe('inTime', () => {
  it('says that the work was done', async () => {
    await expect(inTime(systemClock, 1000, Promise.resolve('done'))).resolves.toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('says that it was not, and lets it fail later', async () => {
    const work = Promise.withResolvers<void>();
    const outcome = inTime(systemClock, 1000, work.promise);
    await vi.advanceTimersByTimeAsync(1000);
    await expect(outcome).resolves.toBe(false);
    work.reject(new Error('later'));
    await expect(outcome).resolves.toBe(false);
  });

  it('fails as the work does', async () => {
    await expect(inTime(systemClock, 1000, Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(vi.getTimerCount()).toBe(0);
  });
});
