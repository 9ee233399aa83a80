import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allowedMs } from '../support/allowed-ms.ts';
import { type Bed, type Identity, startBed } from './connector-bed.ts';
import { Conversation } from './conversation.ts';
import { FleetTask, figuresOf, linkNumbers } from './fleet-tasks.ts';

const ME = '5511988880081';
const FRIEND = '5511988880082';
const SHARD = 0;
const FULL = process.env['POMBO_CHAOS'] === 'full';
/** D6: the gap holds at 40 sessions a shard. The short form has another test beside it on two cores, and logins take both. */
const SESSIONS = FULL ? 40 : 15;
const GAP_P95_MS = 3000;

let bed: Bed;
let first: FleetTask;
let second: FleetTask;
let sessions: Identity[];
let conversation: Conversation;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** Owner of each shard. */
async function owners(): Promise<Record<string, unknown>> {
  const { Items = [] } = await bed.tables.send(new ScanCommand({ TableName: 'tasks', ConsistentRead: true }));
  const leases = Items.filter(({ taskId }) => /^lease#\d/.test(String(taskId)));
  return Object.fromEntries(leases.map(({ taskId, owner }) => [String(taskId), owner]));
}

beforeAll(async () => {
  bed = await startBed();
  await bed.phones.createPerson({ number: ME, name: 'Ana' });
  await bed.phones.createPerson({ number: FRIEND, name: 'Bruno' });
  first = await FleetTask.start(bed, 'task-a', { release: '1.0.0' });
  const session = await bed.createSession(SHARD);
  await bed.command(session, { type: 'session.start' });
  await bed.phones.scan(ME, await bed.qr(session));
  await bed.status(session, 'open');
  conversation = new Conversation(bed, { session, me: ME, friend: FRIEND });
  sessions = [session, ...(await linkNumbers(bed, SESSIONS - 1, { shard: SHARD, prefix: '551177777' }))];
}, 90_000);
afterAll(() => bed.close());

describe('a task that gets a SIGTERM beside another', () => {
  it(`hands ${SESSIONS} sessions of a shard over with little time without an owner, no logout, nothing lost or doubled`, async () => {
    // Newer, so that nothing moves between them before.
    second = await FleetTask.start(bed, 'task-b', { release: '1.0.1' });
    const startedMs = Date.now();
    await conversation.during(async () => {
      await pause(1500);
      const exit = await first.process.kill('SIGTERM');
      expect(exit).toBe(0);
      await second.opened(sessions, startedMs, 30_000);
      await pause(1500);
    });
    const opened = await second.opened(sessions, startedMs, 0);
    const endedMs = first.lines.find(({ message, shard }) => message === 'shard ends' && shard === SHARD)?.atMs ?? 0;
    const gaps = figuresOf(opened.map((atMs) => atMs - endedMs));
    console.log({ sessions: sessions.length, handOverGapMs: gaps });
    expect(gaps.p95).toBeLessThanOrEqual(allowedMs(GAP_P95_MS));
    expect(Object.values(await owners())).toEqual(['task-b', 'task-b']);
    expect(first.process.log).not.toContain('"status":"logged_out"');
    await conversation.expectWhole();
  }, 90_000);

  it('spreads shards again after another task has come, and leaves them there', async () => {
    const third = await FleetTask.start(bed, 'task-c', { release: '1.0.1' });
    const until = Date.now() + 30_000;
    while (new Set(Object.values(await owners())).size < 2 && Date.now() < until) await pause(200);
    const spread = await owners();
    expect(new Set(Object.values(spread))).toEqual(new Set(['task-b', 'task-c']));
    // Only one of the two has sessions: that one does not have to move.
    expect(spread[`lease#${SHARD}`]).toBe('task-b');
    await pause(3000);
    expect(await owners()).toEqual(spread);
    expect(third.lines.filter(({ message }) => message === 'shard taken')).toHaveLength(1);
  }, 60_000);
});
