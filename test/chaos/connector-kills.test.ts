import { cpus } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event, MessageEvent, StatusEvent } from '#core/contracts/event.ts';
import { Env } from '#core/resource-names.ts';
import { type Bed, startBed } from '../connector/connector-bed.ts';
import type { ConnectorProcess } from '../connector/connector-process.ts';
import { BusyWorld, type Chat } from './busy-world.ts';
import { CollectedEvents } from './collected-events.ts';
import { Heard } from './heard.ts';

const FULL = process.env['POMBO_CHAOS'] === 'full';
const KILLS = Number(process.env['POMBO_TEST_KILLS'] ?? (FULL ? 100 : 10));
const SESSIONS = FULL ? 20 : 8;
/** Share of the load, for a machine that others work on too. */
const SHARE = Number(process.env['POMBO_TEST_LOAD'] ?? 1);
/** What two cores carry beside the simulator; 15 sends bring some 20 receipts. */
const RATES = FULL ? { received: 40 * SHARE, sent: 15 * SHARE } : { received: 25 * SHARE, sent: 10 * SHARE };
/** Numbers are linked some at a time; each takes half a second on a quiet machine. */
const POPULATES_WITHIN_MS = 120_000 + SESSIONS * 20_000;
/** Between the start of a connector and its end, milliseconds: anywhere in its start or in its work. */
const SHORTEST_LIFE_MS = 300;
const LONGEST_LIFE_MS = FULL ? 12_000 : 4000;
/** A run on a busy machine is not cut short, milliseconds a kill. */
const MOST_A_KILL_MS = 60_000;
/** What an earlier connector held is seen again after this, seconds (D5); the queues' clock is set ahead by it. */
const INVISIBLE_MS = 30_000;
/** What waits after the last kill may take this long, milliseconds; a minute without an event says that nothing more will come. */
const SETTLES_WITHIN_MS = FULL ? 1_800_000 : 120_000;
const STANDS_STILL_MS = 60_000;
/** Taking events off is the test's own work: two cores are to carry the connector's. */
const COLLECTED_EVERY_MS = 250;
/** Without a kill, to see what the load takes. */
const STEADY_MS = FULL ? 20_000 : 4000;
/** Before that the programs' code is still being compiled. */
const WARM_UP_MS = FULL ? 15_000 : 1000;

let bed: Bed;
let world: BusyWorld;
let events: CollectedEvents;
let heard: Heard;
let connector: ConnectorProcess;

beforeAll(async () => {
  bed = await startBed({ sandboxProcess: true, unwatchedTables: true });
  connector = await startConnector();
  world = new BusyWorld(bed);
  await world.populate(SESSIONS);
  events = new CollectedEvents(bed.sqs, bed.eventQueues, COLLECTED_EVERY_MS);
  heard = new Heard(events.all);
}, POPULATES_WITHIN_MS);
afterAll(async () => {
  await events?.stop();
  await bed?.close();
});

/** As it is deployed, it does not log every message. */
const startConnector = (): Promise<ConnectorProcess> => bed.startConnector({ env: { [Env.logLevel]: 'info' } });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Share of all cores that was busy between two calls. */
function makeBusyShare(): () => number {
  const read = () => {
    const times = cpus().map((cpu) => cpu.times);
    const total = times.flatMap(Object.values).reduce<number>((sum, ms) => sum + Number(ms), 0);
    return { total, idle: times.reduce((sum, { idle }) => sum + idle, 0) };
  };
  let before = read();
  return () => {
    const now = read();
    const share = 1 - (now.idle - before.idle) / Math.max(1, now.total - before.total);
    before = now;
    return share;
  };
}

type Told = 'sent' | 'delivered' | 'read';
const isMessage = (event: Event): event is MessageEvent => event.type === 'message';
const isStatus = (event: Event): event is StatusEvent => event.type === 'status';

const textsSentTo = ({ groupId, friend, sent }: Chat): string[] =>
  sent.map((_, index) => `out ${groupId ?? friend} ${index}`);
/** Texts that were sent and are to have this status. */
const sentTexts = (status: Told = 'sent'): string[] =>
  world.chats.filter(({ isRead }) => status !== 'read' || isRead).flatMap(textsSentTo);

function missing() {
  const received = world.chats.reduce((sum, { written }) => sum + written.length, 0);
  const told = world.chats.reduce((sum, chat) => sum + heard.textsOf(chat).length, 0);
  const lacks = (status: Told): number => {
    const of = heard.told(status);
    return sentTexts(status).filter((text) => !of.has(text)).length;
  };
  return { received: received - told, sent: lacks('sent'), delivered: lacks('delivered'), read: lacks('read') };
}

/** Which texts lack what, for who has to find out why. */
function lacking(): string[] {
  const received = world.chats.flatMap((chat) => {
    const told = new Set(heard.textsOf(chat));
    return chat.written.filter((text) => !told.has(text)).map((text) => `${chat.groupId ?? chat.friend}: ${text}`);
  });
  const statuses = (['sent', 'delivered', 'read'] as const).flatMap((status) => {
    const of = heard.told(status);
    return sentTexts(status)
      .filter((text) => !of.has(text))
      .map((text) => `${text}: ${status}`);
  });
  return [...received, ...statuses];
}

const NOTHING = { received: 0, sent: 0, delivered: 0, read: 0 };

/** Resolves when nothing is missing, or nothing comes any more. */
async function settled(): Promise<void> {
  const until = Date.now() + SETTLES_WITHIN_MS;
  let movedMs = Date.now();
  for (let seconds = 1; JSON.stringify(missing()) !== JSON.stringify(NOTHING); seconds++) {
    const before = events.all.length;
    // What the last connector had in hand comes back in seconds, and not at once: a look at the queue has to end before.
    bed.queueClock.skip(INVISIBLE_MS / 10);
    await pause(1000);
    if (FULL && seconds % 60 === 0) process.stderr.write(`missing ${JSON.stringify(missing())}\n`);
    if (events.all.length > before) movedMs = Date.now();
    else if (Date.now() > until || Date.now() - movedMs > STANDS_STILL_MS) return;
  }
}

describe(`the connector over ${KILLS} kills under load`, () => {
  it(
    'goes on after each',
    async () => {
      const over = new AbortController();
      const loading = world.load(RATES, over.signal);
      await pause(WARM_UP_MS);
      const busyShare = makeBusyShare();
      await pause(STEADY_MS);
      const steady = busyShare();
      const lives: ConnectorProcess[] = [];
      for (let kill = 0; kill < KILLS; kill++) {
        // In the long form every other one has numbers on line first, however slow the machine is, so that kills meet work.
        if (FULL && kill % 10 === 9) process.stderr.write(`${kill + 1} kills, missing ${JSON.stringify(missing())}\n`);
        if (FULL && kill % 2 === 1) await connector.says('"status":"open"', MOST_A_KILL_MS);
        await pause(SHORTEST_LIFE_MS + Math.random() * (LONGEST_LIFE_MS - SHORTEST_LIFE_MS));
        await connector.kill('SIGKILL');
        lives.push(connector);
        bed.queueClock.skip(INVISIBLE_MS);
        connector = await startConnector();
      }
      await connector.says('"status":"open"', MOST_A_KILL_MS);
      over.abort();
      await loading;
      await settled();
      const messages = events.all.filter(isMessage);
      console.log({
        kills: KILLS,
        sessions: SESSIONS,
        rates: RATES,
        livesThatOpened: lives.filter(({ log }) => log.includes('"status":"open"')).length,
        undecryptable: lives.reduce((sum, { log }) => sum + log.split('could not be decrypted').length - 1, 0),
        busyWithoutKills: `${Math.round(steady * 100)} %`,
        written: world.chats.reduce((sum, { written }) => sum + written.length, 0),
        sent: sentTexts().length,
        events: events.all.length,
        secondCopies: messages.length - new Set(messages.map(({ eventId }) => eventId)).size,
      });
    },
    60_000 + WARM_UP_MS + STEADY_MS + SETTLES_WITHIN_MS + KILLS * MOST_A_KILL_MS,
  );

  it('loses no message and no status in either direction', () => {
    expect(missing(), lacking().join('\n')).toEqual(NOTHING);
  });

  it('tells the messages of each chat in the order in which they were written', () => {
    for (const chat of world.chats) expect(heard.textsOf(chat)).toEqual(chat.written);
  });

  it('tells a message twice only under the same event id', () => {
    const ids = new Map<string, Set<string>>();
    for (const { wamid, eventId, content } of events.all.filter(isMessage)) {
      expect(content.type).toBe('text');
      ids.set(wamid, (ids.get(wamid) ?? new Set()).add(eventId));
    }
    expect([...ids.values()].filter(({ size }) => size > 1)).toEqual([]);
  });

  it('ends no accepted command as failed', () => {
    expect(events.all.filter(isStatus).filter(({ status }) => status === 'failed')).toEqual([]);
  });

  it('shows each sent message once, in order and under its own id', async () => {
    for (const chat of world.chats) {
      const from = { from: chat.me, ...(chat.groupId !== undefined && { chat: `${chat.groupId}@g.us` }) };
      const shown = (await bed.phones.messages(chat.friend, from)).filter(
        ({ chat: where }) => where.includes('@g.us') === (chat.groupId !== undefined),
      );
      expect(shown.map(({ id }) => id)).toEqual(chat.sent);
    }
  });

  it('leaves no stanza that a recipient could not decrypt', async () => {
    const friends = new Set(world.chats.map(({ friend }) => friend));
    const sent = new Set(world.chats.flatMap((chat) => chat.sent));
    for (const friend of friends) {
      const stanzas = (await bed.phones.stanzas(friend)).filter(({ id }) => sent.has(id));
      const readable = new Set(stanzas.filter(({ isDecrypted }) => isDecrypted).map(({ id }) => id));
      expect(stanzas.filter(({ id }) => !readable.has(id)).map(({ id }) => id)).toEqual([]);
    }
  });
});
