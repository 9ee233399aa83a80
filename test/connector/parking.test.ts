import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event, StatusEvent } from '#core/contracts/event.ts';
import { type Bed, type Identity, startBed } from './connector-bed.ts';
import type { ConnectorProcess } from './connector-process.ts';

const ME = '5511988880111';
const CHATS = 20;
const MESSAGES = Number(process.env['POMBO_TEST_PARKED'] ?? 500);
const FRIENDS = Array.from({ length: CHATS }, (_, index) => `55119777700${String(index).padStart(2, '0')}`);

let bed: Bed;
let session: Identity;
let connector: ConnectorProcess;
let device: string;

beforeAll(async () => {
  bed = await startBed();
  for (const number of [ME, ...FRIENDS]) await bed.phones.createPerson({ number });
  connector = await bed.startConnector();
  session = await bed.createSession();
  await bed.command(session, { type: 'session.start' });
  device = (await bed.phones.scan(ME, await bed.qr(session))).jid;
  await bed.status(session, 'open');
}, 30_000);
afterAll(() => bed.close());

/** Keys, and three pieces of history. */
const GREETING = 4;
const isPart = (key: string): boolean => key.startsWith('part#');
const parked = async (kind: 'chat' | 'later' = 'chat'): Promise<number> =>
  (await bed.rowsOf('messages', session)).filter((key) => key.startsWith(`parked#${kind}#`)).length;
const until = async (holds: () => Promise<boolean> | boolean, timeoutMs = 60_000): Promise<void> => {
  const end = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`It never came to that:\n${connector.log.slice(-5000)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
const concluded =
  (body: string) =>
  (event: Event): event is StatusEvent =>
    event.type === 'status' && ['sent', 'failed'].includes(event.status) && event.bizOpaqueCallbackData === body;
const arrived = async (): Promise<number> =>
  (await Promise.all(FRIENDS.map((friend) => bed.phones.messages(friend, { from: ME })))).flat().length;

/** WhatsApp turns the session away until it accepts it again. */
async function turnAway(): Promise<void> {
  await bed.phones.disconnect(device, 'refuse-503');
  await bed.status(session, 'reconnecting');
}

describe('messages of a session that is not open', () => {
  it('writes a healthy message’s row and nothing else', async () => {
    const [friend = ''] = FRIENDS;
    await bed.sendText(session, friend, 'saudável');
    await bed.event(concluded('saudável'));
    // The last thing that is done for a message.
    await bed.commandsDone();
    // What the phone tells a new device is written down too.
    await until(async () => (await bed.rowsOf('messages', session)).filter(isPart).length === GREETING);
    bed.accessLog.accesses.length = 0;
    await bed.sendText(session, friend, 'de novo');
    await bed.event(concluded('de novo'));
    await bed.commandsDone();
    const ours = bed.accessLog.accesses.filter(({ accessKeyId }) => accessKeyId === 'AKIACONNECTOR');
    const count = (action: string, target: string): number =>
      ours.filter((access) => access.action.endsWith(action) && access.target === target).length;
    expect(count('PutItem', 'messages')).toBe(1);
    expect(count('DeleteItem', 'messages')).toBe(0);
    expect(count('Query', 'messages') + count('GetItem', 'messages')).toBe(0);
    expect(ours.filter(({ action }) => action.endsWith('DeleteMessage'))).toHaveLength(1);
  });

  it(`are parked, ${MESSAGES} over ${CHATS} chats, and arrive in order, each once, over kills while they wait and while they leave`, async () => {
    await turnAway();
    const sent = FRIENDS.map((): string[] => []);
    for (let n = 0; n < MESSAGES; n++) {
      const chat = n % CHATS;
      sent[chat]?.push(await bed.sendText(session, FRIENDS[chat] ?? '', `${n}`));
    }
    await until(async () => (await parked()) === MESSAGES);
    const before = await arrived();
    await connector.kill('SIGKILL');
    connector = await bed.startConnector();
    await connector.says('sessions loaded');
    await bed.phones.disconnect(device, 'accept');
    await until(async () => (await arrived()) > before + MESSAGES / 4);
    await connector.kill('SIGKILL');
    const atKill = await arrived();
    expect(atKill).toBeLessThan(before + MESSAGES);
    bed.queueClock.skip(30_000);
    connector = await bed.startConnector();
    await until(async () => (await arrived()) === before + MESSAGES && (await parked()) === 0);
    for (const [chat, friend] of FRIENDS.entries()) {
      const shown = (await bed.phones.messages(friend, { from: ME })).map(({ id }) => id);
      expect(shown.slice(-(MESSAGES / CHATS))).toEqual(sent[chat]);
    }
    const told = (status: string): number =>
      new Set(bed.queued.filter((event) => event.type === 'status' && event.status === status).map((e) => e.eventId))
        .size;
    await until(async () => {
      await bed.collect();
      return told('sent') === MESSAGES + before && told('delivered') === MESSAGES + before;
    });
    expect(told('failed')).toBe(0);
    console.log({ parked: MESSAGES, arrivedAtKill: atKill - before });
  }, 240_000);

  it('fail when their time is over, and wait for a time of their own', async () => {
    const [friend = '', other = ''] = FRIENDS;
    await bed.status(session, 'open');
    await turnAway();
    await bed.sendText(session, friend, 'morre', { expiresAtMs: Date.now() + 4000 });
    await bed.sendText(session, other, 'depois', { notBeforeMs: Date.now() + 8000 });
    await until(async () => (await parked()) === 1 && (await parked('later')) === 1);
    expect(await bed.event(concluded('morre'), 20_000)).toMatchObject({ errors: [{ code: 131016 }] });
    await bed.phones.disconnect(device, 'accept');
    const dueMs = Date.now();
    expect(await bed.event(concluded('depois'), 40_000)).toMatchObject({ status: 'sent' });
    expect(Date.now()).toBeGreaterThan(dueMs);
    await until(async () => (await parked()) === 0);
  }, 90_000);

  it('fail when the session is deleted, wherever they wait', async () => {
    const [friend = '', other = ''] = FRIENDS;
    await bed.status(session, 'open');
    await bed.sendText(session, other, 'amanhã', { notBeforeMs: Date.now() + 3_600_000 });
    const [silent = ''] = await bed.phones.magic('no-ack');
    await bed.sendText(session, silent, 'na mão');
    await until(async () => (await parked('later')) === 1);
    await bed.deleteRow(session);
    await bed.command(session, { type: 'session.delete' });
    for (const body of ['amanhã', 'na mão']) {
      expect(await bed.event(concluded(body), 30_000)).toMatchObject({ status: 'failed', errors: [{ code: 133010 }] });
    }
    await bed.sendText(session, friend, 'tarde');
    expect(await bed.event(concluded('tarde'))).toMatchObject({ status: 'failed', errors: [{ code: 133010 }] });
    await until(async () => (await bed.rowsOf('messages', session)).length === 0);
  }, 90_000);
});
