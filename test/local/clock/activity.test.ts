import { describe, expect, it } from 'vitest';
import { Activity } from '../../../local/clock/activity.ts';

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('Activity', () => {
  it('is idle only after all work has ended', async () => {
    const activity = new Activity();
    const ends = [activity.begin(), activity.begin()];
    let idle = false;
    const waiting = activity.idle().then(() => {
      idle = true;
    });
    for (const end of ends) {
      for (let i = 0; i < 5; i += 1) await turn();
      expect(idle).toBe(false);
      end();
    }
    await waiting;
    expect(activity.inFlight).toBe(0);
  });

  it('waits on when work begins again within the quiet turns', async () => {
    const activity = new Activity();
    let rounds = 0;
    const round = async (): Promise<void> => {
      const end = activity.begin();
      await turn();
      end();
      await turn();
      rounds += 1;
      if (rounds < 5) await round();
    };
    void round();
    await activity.idle();
    expect(rounds).toBe(5);
  });

  it('counts an end once', () => {
    const activity = new Activity();
    const end = activity.begin();
    activity.begin();
    end();
    end();
    expect(activity.inFlight).toBe(1);
  });

  it('asks its sources', async () => {
    const activity = new Activity();
    let looks = 0;
    const off = activity.watch({ busy: () => (looks += 1) < 10 });
    await activity.idle();
    expect(looks).toBe(12);
    off();
  });

  it('ends the count when the work fails', async () => {
    const activity = new Activity();
    await expect(activity.during(Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(activity.inFlight).toBe(0);
  });
});
