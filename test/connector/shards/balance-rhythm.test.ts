import { beforeEach, describe, expect, it } from 'vitest';
import type { TaskRow } from '#core/contracts/rows/task-row.ts';
import { BalanceRhythm } from '../../../connector/shards/balance-rhythm.ts';
import { BALANCE_EVERY_MS, SETTLED_MS } from '../../../connector/shards/figures.ts';
import { fleetOf } from '../../../connector/shards/fleet.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';

let clock: VirtualClock;
let rhythm: BalanceRhythm;

beforeEach(() => {
  clock = new VirtualClock(0);
  rhythm = new BalanceRhythm(clock);
});

const task = (taskId: string, changes: Partial<TaskRow> = {}): TaskRow => ({
  taskId,
  incarnation: '1',
  heartbeat: 1,
  role: 'active',
  version: '1',
  startedAtMs: 0,
  beatAtMs: 0,
  memoryBytes: 0,
  sessionsOpen: 0,
  expiresAt: 0,
  shards: 8,
  ...changes,
});
const mayMove = (...tasks: readonly TaskRow[]): boolean =>
  rhythm.mayMove(fleetOf({ tasks: new Map(tasks.map((row) => [row.taskId, row])), leaseRows: [] }, 8));

describe('BalanceRhythm', () => {
  it('waits until tasks have neither come nor gone for 15 s', async () => {
    expect(mayMove(task('a'))).toBe(false);
    await clock.advance(SETTLED_MS - 1);
    expect(mayMove(task('a'))).toBe(false);
    await clock.advance(1);
    expect(mayMove(task('a'))).toBe(true);
    expect(mayMove(task('a'), task('b'))).toBe(false);
    await clock.advance(SETTLED_MS);
    expect(mayMove(task('a'), task('b'))).toBe(true);
    expect(mayMove(task('a'), task('b', { incarnation: '2' }))).toBe(false);
    await clock.advance(SETTLED_MS);
    expect(mayMove(task('a', { draining: true }), task('b', { incarnation: '2' }))).toBe(false);
  });

  it('pauses a second for each session that has moved', async () => {
    mayMove(task('a'));
    await clock.advance(SETTLED_MS);
    rhythm.moved(40);
    await clock.advance(39_999);
    expect(mayMove(task('a'))).toBe(false);
    await clock.advance(1);
    expect(mayMove(task('a'))).toBe(true);
  });

  it('rests for five minutes after a round, and not after looks that moved nothing', async () => {
    mayMove(task('a'));
    await clock.advance(SETTLED_MS);
    rhythm.rest();
    expect(mayMove(task('a'))).toBe(true);
    rhythm.moved(0);
    rhythm.rest();
    await clock.advance(BALANCE_EVERY_MS - 1);
    expect(mayMove(task('a'))).toBe(false);
    await clock.advance(1);
    expect(mayMove(task('a'))).toBe(true);
  });
});
