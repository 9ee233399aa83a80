import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event } from '#core/contracts/event.ts';
import { type Bed, type Identity, startBed } from './connector-bed.ts';

const ME = '5511988880021';
const FRIEND = '5511988880022';
const DROPS = Number(process.env['POMBO_TEST_DROPS'] ?? 6);
const LONGEST_CALM_MS = 400;

let bed: Bed;
let session: Identity;
let device = '';

beforeAll(async () => {
  bed = await startBed();
  await bed.phones.createPerson({ number: ME, name: 'Ana' });
  await bed.phones.createPerson({ number: FRIEND, name: 'Bruno', autoRead: true });
  const connector = await bed.startConnector();
  session = await bed.createSession();
  await bed.command(session, { type: 'session.start' });
  device = (await bed.phones.scan(ME, await bed.qr(session))).jid;
  await connector.says('"status":"open"');
});
afterAll(() => bed.close());

describe('a line that breaks again and again', () => {
  it('loses and doubles nothing while messages go both ways', async () => {
    const written: string[] = [];
    const sent: string[] = [];
    const talk = new AbortController();
    const talking = (async () => {
      while (!talk.signal.aborted) {
        written.push((await bed.phones.write(FRIEND, ME, `in ${written.length}`)).id);
        sent.push(await bed.sendText(session, FRIEND, `out ${sent.length}`));
      }
    })();
    for (let drop = 0; drop < DROPS; drop++) {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * LONGEST_CALM_MS));
      await bed.phones.disconnect(device, 'tcp').catch(() => undefined);
    }
    talk.abort();
    await talking;
    const count = (matches: (event: Event) => boolean): number =>
      new Set(bed.queued.filter(matches).map(({ eventId }) => eventId)).size;
    const told = () => ({
      received: count((event) => event.type === 'message' && event.content.type === 'text'),
      sent: count((event) => event.type === 'status' && event.status === 'sent'),
      read: count((event) => event.type === 'status' && event.status === 'read'),
      failed: count((event) => event.type === 'status' && event.status === 'failed'),
    });
    const expected = { received: written.length, sent: sent.length, read: sent.length, failed: 0 };
    const until = Date.now() + 60_000;
    while (Date.now() < until && JSON.stringify(told()) !== JSON.stringify(expected)) await bed.collect();
    expect(told()).toEqual(expected);
    const bubbles = (await bed.phones.messages(FRIEND, { from: ME })).map(({ id }) => id);
    expect(bubbles.toSorted()).toEqual(sent.toSorted());
  }, 120_000);
});
