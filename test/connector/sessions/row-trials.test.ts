import { beforeEach, describe, expect, it } from 'vitest';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import { AccountIdSchema, SessionIdSchema, SessionUidSchema } from '#core/domain/ids.ts';
import { MOST_CRASHES } from '../../../connector/sessions/crashes.ts';
import { RowTrials } from '../../../connector/sessions/row-trials.ts';
import type { Trial } from '../../../connector/sessions/session-repository.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';

const IDENTITY = {
  accountId: AccountIdSchema.parse('123456789012345678'),
  sessionId: SessionIdSchema.parse('100200300'),
  sessionUid: SessionUidSchema.parse('a'.repeat(24)),
};

let clock: VirtualClock;
let noted: Trial | undefined;
/** How often a last trial had to wait for the process to grow old, and for what. */
let waits: number;
let ready: Promise<void>;

beforeEach(() => {
  clock = new VirtualClock(Date.UTC(2026, 10, 20));
  noted = undefined;
  waits = 0;
  ready = Promise.resolve();
});

const trialsOf = (incarnation: string): RowTrials => {
  const trials = new RowTrials({
    slot: 'rowTrial',
    identity: IDENTITY,
    rows: {
      trial: (_identity, _slot, trial) => {
        noted = trial;
        return Promise.resolve(true);
      },
    },
    incarnation,
    clock,
    readyForLastTrial: () => {
      waits += 1;
      return ready;
    },
    signal: new AbortController().signal,
  });
  trials.inherit({ rowTrial: noted } as SessionRow);
  return trials;
};
/** Work in the middle of which the process dies. */
const dying = (trials: RowTrials, key: string): Promise<void> =>
  new Promise((resolve) => {
    void trials.run(key, true, () => {
      resolve();
      return new Promise(() => undefined);
    });
  });

describe('RowTrials', () => {
  it('bars a row after three deaths, the one that left it behind among them', async () => {
    for (let death = 1; death < MOST_CRASHES; death++) {
      const trials = trialsOf(`run-${death}`);
      expect(trials.isBarred('row')).toBe(false);
      await dying(trials, 'row');
    }
    const last = trialsOf('run-last');
    expect(last.isBarred('row')).toBe(true);
    expect(last.isBarred('other row')).toBe(false);
  });

  it('tries a row for the last time only in a process that has lived for a while', async () => {
    await dying(trialsOf('run-1'), 'row');
    expect(waits).toBe(0);
    // Killed from outside while it waits: that is not held against the row.
    ready = new Promise(() => undefined);
    let begun = false;
    void trialsOf('run-2').run('row', true, () => {
      begun = true;
      return Promise.resolve();
    });
    await new Promise((resolve) => void setImmediate(resolve));
    expect([waits, begun]).toEqual([1, false]);
    expect(trialsOf('run-3').isBarred('row')).toBe(false);
  });

  it('takes its note away when the work has ended, and gives its result', async () => {
    const trials = trialsOf('run-1');
    expect(await trials.run('row', true, () => Promise.resolve(7))).toBe(7);
    expect(noted).toBeUndefined();
  });

  it('does one piece after the other, and goes on after one that failed', async () => {
    const trials = trialsOf('run-1');
    const order: string[] = [];
    const failed = trials.run('a', true, () => {
      order.push(String(noted?.key));
      return Promise.reject(new Error('no'));
    });
    const done = trials.run('b', true, () => {
      order.push(String(noted?.key));
      return Promise.resolve();
    });
    await expect(failed).rejects.toThrow('no');
    await done;
    expect(order).toEqual(['a', 'b']);
    expect(noted).toBeUndefined();
  });

  it('holds nothing against a row for what its own process is doing, nor for what was an hour ago', async () => {
    await dying(trialsOf('run-1'), 'row');
    await dying(trialsOf('run-2'), 'row');
    expect(trialsOf('run-2').isBarred('row')).toBe(false);
    await clock.advance(3_600_000);
    expect(trialsOf('run-3').isBarred('row')).toBe(false);
  });
});
