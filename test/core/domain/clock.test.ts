import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '#core/domain/clock.ts';

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
