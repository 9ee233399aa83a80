import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HEARTBEAT_MS, LEASE_LOOK_MS } from '#core/domain/pace.ts';
import { DEAD_AFTER_MS, SELF_FENCE_MS } from '../../connector/task/figures.ts';
import type { Access } from './access-log.ts';
import { type Bed, type Identity, startBed } from './connector-bed.ts';
import type { ConnectorProcess } from './connector-process.ts';
import { Conversation } from './conversation.ts';
import { FleetTask } from './fleet-tasks.ts';

const ME = '5511988880061';
const FRIEND = '5511988880062';
const TEN_MINUTES_MS = 600_000;
/** Long enough to be silent, too short to be held for dead whenever the last heartbeat was. */
const SHORT_STOP_MS = SELF_FENCE_MS + 200;
const LONG_STOP_MS = process.env['POMBO_CHAOS'] === 'full' ? 30_000 : 18_000;

/** What left a task before it fell silent may wait so long in a busy emulator; nobody takes over for three seconds. */
const ARRIVES_WITHIN_MS = 1000;

let bed: Bed;
let session: Identity;
let conversation: Conversation;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A task whose wall clock is off by so much. Each is of an older release than the one before, so that it gets no shard for the sake of balance. */
const startTask = async (name: string, offByMs: number, release: string): Promise<ConnectorProcess> =>
  (await FleetTask.start(bed, name, { offByMs, release })).process;

/** What a task did besides heartbeats and looks at the lease, since then. */
const doneBy = (name: string, sinceMs: number): Access[] =>
  bed.accessLog.accesses.filter(
    ({ accessKeyId, target, atMs }) => accessKeyId === name && target !== 'tasks' && atMs >= sinceMs,
  );
const lastBeatOf = (name: string): number =>
  bed.accessLog.accesses.findLast(
    ({ accessKeyId, action, target, refused }) =>
      accessKeyId === name && target === 'tasks' && action === 'dynamodb:PutItem' && !refused,
  )?.atMs ?? 0;
const stanzasBetween = async (fromMs: number, toMs: number) =>
  (await bed.phones.stanzas(FRIEND)).filter(({ timestampMs }) => timestampMs >= fromMs && timestampMs < toMs);

beforeAll(async () => {
  bed = await startBed();
  await bed.phones.createPerson({ number: ME, name: 'Ana' });
  await bed.phones.createPerson({ number: FRIEND, name: 'Bruno' });
});
afterAll(() => bed.close());

describe('two tasks whose clocks are twenty minutes apart', () => {
  let first: ConnectorProcess;
  let second: ConnectorProcess;
  let third: ConnectorProcess;

  it('hold one connection', async () => {
    first = await startTask('task-a', TEN_MINUTES_MS, '1.0.2');
    await first.says('shard taken');
    session = await bed.createSession();
    await bed.command(session, { type: 'session.start' });
    await bed.phones.scan(ME, await bed.qr(session));
    await bed.status(session, 'open');
    conversation = new Conversation(bed, { session, me: ME, friend: FRIEND });
    second = await startTask('task-b', -TEN_MINUTES_MS, '1.0.1');
  }, 30_000);

  it('change nothing when the active one stands still for so short that nobody takes over', async () => {
    await conversation.during(async () => {
      await pause(2000);
      first.signal('SIGSTOP');
      await pause(SHORT_STOP_MS);
      first.signal('SIGCONT');
      await first.says('task was silent and goes on');
      await pause(2000);
    });
    await conversation.expectWhole();
    expect(second.log).not.toContain('shard taken');
    expect(first.log).not.toContain('"status":"reconnecting"');
  }, 90_000);

  it('hand over when the active one stands still for long, and it does nothing more when it wakes', async () => {
    await conversation.during(async () => {
      await pause(1000);
      first.signal('SIGSTOP');
      const stoppedMs = Date.now();
      await second.says('shard taken', 30_000);
      expect(Date.now() - stoppedMs).toBeGreaterThan(DEAD_AFTER_MS - HEARTBEAT_MS - LEASE_LOOK_MS);
      await pause(LONG_STOP_MS - (Date.now() - stoppedMs));
      const wokenMs = Date.now();
      first.signal('SIGCONT');
      expect(await first.ended()).toBe(1);
      expect(first.log).toContain('another task took over');
      expect(doneBy('task-a', wokenMs)).toEqual([]);
      expect(doneBy('task-b', stoppedMs).length).toBeGreaterThan(0);
    });
    bed.queueClock.skip(30_000);
    await conversation.expectWhole();
  }, 120_000);

  it('hand over when the active one lives but can not heartbeat, after it has fallen silent', async () => {
    third = await startTask('task-c', TEN_MINUTES_MS, '1.0.0');
    await conversation.during(async () => {
      await pause(1000);
      bed.accessLog.outage = ({ accessKeyId, target }) => accessKeyId === 'task-b' && target === 'tasks';
      const silentMs = lastBeatOf('task-b') + SELF_FENCE_MS + ARRIVES_WITHIN_MS;
      await third.says('shard taken', 30_000);
      const takenMs = Date.now();
      await pause(3000);
      expect(takenMs).toBeGreaterThan(silentMs);
      expect(doneBy('task-b', silentMs)).toEqual([]);
      expect(await stanzasBetween(silentMs, takenMs)).toEqual([]);
      bed.accessLog.outage = () => false;
      expect(await second.ended()).toBe(1);
      expect(doneBy('task-b', silentMs)).toEqual([]);
    });
    bed.queueClock.skip(30_000);
    await conversation.expectWhole();
  }, 120_000);
});
