import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StatusEvent } from '#core/contracts/event.ts';
import { allowedMs } from '../support/allowed-ms.ts';
import { type Bed, type Identity, startBed } from './connector-bed.ts';
import { Conversation } from './conversation.ts';
import { FleetTask, figuresOf, linkNumbers } from './fleet-tasks.ts';

const ME = '5511988880091';
const FRIEND = '5511988880092';
const TEN_MINUTES_MS = 600_000;
const FULL = process.env['POMBO_CHAOS'] === 'full';
/** Sessions of each of the two shards. */
const SESSIONS = FULL ? 50 : 6;
const KILLS = FULL ? 5 : 1;
/** D6. */
const P50_MS = 13_000;
const P99_MS = 20_000;
const RESTARTED_MS = 5_000;
/** What the killed task had in hand is invisible for 30 s; no more than that. */
const SENDS_LEAVE_MS = 30_000;

let bed: Bed;
let first: FleetTask;
let second: FleetTask;
let sessions: Identity[];
let session: Identity;
let conversation: Conversation;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

beforeAll(async () => {
  bed = await startBed();
  await bed.phones.createPerson({ number: ME, name: 'Ana' });
  await bed.phones.createPerson({ number: FRIEND, name: 'Bruno' });
  first = await FleetTask.start(bed, 'task-a', { release: '1.0.1', offByMs: TEN_MINUTES_MS });
  session = await bed.createSession(0);
  await bed.command(session, { type: 'session.start' });
  await bed.phones.scan(ME, await bed.qr(session));
  await bed.status(session, 'open');
  conversation = new Conversation(bed, { session, me: ME, friend: FRIEND });
  sessions = [session];
  for (const shard of [0, 1])
    sessions.push(...(await linkNumbers(bed, SESSIONS, { shard, prefix: `55116666${shard}` })));
}, 300_000);
afterAll(() => bed.close());

/** When the status `sent` of this message was queued. */
async function sentAt(stanzaId: string, untilMs: number): Promise<number> {
  while (Date.now() < untilMs) {
    await bed.collect();
    const known = bed.queued.some(
      (event): event is StatusEvent =>
        event.type === 'status' && event.status === 'sent' && event.bizOpaqueCallbackData === stanzaId,
    );
    if (known) return Date.now();
  }
  throw new Error(
    `The message never left: ${JSON.stringify(bed.queued.filter(({ type }) => type === 'status'))} ${second.process.log.slice(-5000)}`,
  );
}

describe('two tasks whose clocks are twenty minutes apart', () => {
  it(
    'fail over: the sessions of a killed task open on the other, and what waits leaves',
    async () => {
      const took: number[] = [];
      // Older, so that it gets nothing before the kill; after it, the roles change.
      second = await FleetTask.start(bed, 'task-b', { release: '1.0.0', offByMs: -TEN_MINUTES_MS });
      for (let kill = 0; kill < KILLS; kill++) {
        await pause(2000 + Math.random() * 2000);
        await bed.sendText(session, FRIEND, `before ${kill}`);
        await first.process.kill('SIGKILL');
        const killedMs = Date.now();
        await bed.sendText(session, FRIEND, `waiting ${kill}`);
        const opened = await second.opened(sessions, killedMs, allowedMs(P99_MS));
        took.push(...opened.map((atMs) => atMs - killedMs));
        const openedMs = Math.max(...opened);
        const leftMs = Math.max(
          await sentAt(`before ${kill}`, openedMs + SENDS_LEAVE_MS),
          await sentAt(`waiting ${kill}`, openedMs + SENDS_LEAVE_MS),
        );
        console.log({
          kill,
          sessions: sessions.length,
          openMs: figuresOf(took),
          waitingSendsLeftAfterMs: leftMs - openedMs,
        });
        if (kill === KILLS - 1) break;
        first = second;
        second = await FleetTask.start(bed, `task-${kill}`, {
          release: `0.9.${KILLS - kill}`,
          offByMs: TEN_MINUTES_MS,
        });
      }
      expect(figuresOf(took).p50).toBeLessThanOrEqual(allowedMs(P50_MS));
      expect(figuresOf(took).p99).toBeLessThanOrEqual(allowedMs(P99_MS));
      const sent = Array.from({ length: KILLS }, (_, kill) => [`before ${kill}`, `waiting ${kill}`]).flat();
      const bubbles = (await bed.phones.messages(FRIEND, { from: ME })).map(({ text }) => text);
      expect(bubbles).toHaveLength(sent.length);
      expect(new Set(bubbles)).toEqual(new Set(sent));
    },
    60_000 * (KILLS + 1),
  );

  it('give a process that starts again in its own task its sessions back within seconds', async () => {
    await conversation.during(async () => {
      await pause(1000);
      await second.process.kill('SIGKILL');
      const killedMs = Date.now();
      const again = await FleetTask.start(bed, second.name, { release: '1.0.0', offByMs: -TEN_MINUTES_MS });
      const opened = await again.opened(sessions, killedMs, 20_000);
      const took = figuresOf(opened.map((atMs) => atMs - killedMs));
      console.log({ sessions: sessions.length, restartedInPlaceOpenMs: took });
      expect(took.longest).toBeLessThanOrEqual(allowedMs(RESTARTED_MS) + (FULL ? sessions.length * 30 : 0));
      second = again;
    });
  }, 60_000);
});
