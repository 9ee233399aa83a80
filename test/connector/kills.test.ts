import { afterAll, beforeAll, expect, it } from 'vitest';
import type { MessageEvent, StatusEvent } from '#core/contracts/event.ts';
import type { OutboundContent } from '#core/contracts/outbound-command.ts';
import { type Bed, type Identity, startBed } from './connector-bed.ts';
import type { ConnectorProcess } from './connector-process.ts';

const ME = '5511988880011';
const FRIEND = '5511988880012';
const KILLS = Number(process.env['POMBO_TEST_KILLS'] ?? 2);
const MESSAGES_A_KILL = 20;

let bed: Bed;
let connector: ConnectorProcess;
let session: Identity;

beforeAll(async () => {
  bed = await startBed();
  await bed.phones.createPerson({ number: ME, name: 'Ana' });
  await bed.phones.createPerson({ number: FRIEND, name: 'Bruno', autoRead: true });
  connector = await bed.startConnector();
  session = await bed.createSession();
  await bed.command(session, { type: 'session.start' });
  await bed.phones.scan(ME, await bed.qr(session));
  await connector.says('"status":"open"');
});
afterAll(() => bed.close());

const to = { type: 'individual', phone: FRIEND } as const;

/** Kinds that need no file, in turn. */
function contentOf(name: string, n: number): OutboundContent {
  const buttons = [{ type: 'reply', id: 'y', title: 'Sim' } as const];
  const kinds: readonly OutboundContent[] = [
    { type: 'text', text: { body: name, previewUrl: false } },
    { type: 'location', location: { latitude: n, longitude: n, name } },
    { type: 'contacts', contacts: [{ name: { formatted_name: name, first_name: name } }] },
    { type: 'poll', poll: { name, options: ['a', 'b'], selectableCount: 1 } },
    { type: 'interactive', interactive: { type: 'buttons', body: name, buttons } },
  ];
  return kinds[n % kinds.length] ?? kinds[0]!;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

it(
  `loses nothing in either direction over ${KILLS} kills under load`,
  async () => {
    const written: string[] = [];
    const sent: string[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const writing = (async () => {
        for (let n = 0; n < MESSAGES_A_KILL; n++) {
          written.push((await bed.phones.write(FRIEND, ME, `in ${kill}.${n}`)).id);
          sent.push((await bed.sendMessage(session, to, contentOf(`out ${kill}.${n}`, n))).stanzaId);
        }
      })();
      await pause(100 + Math.random() * 600);
      await connector.kill('SIGKILL');
      bed.queueClock.skip(30_000);
      await writing;
      connector = await bed.startConnector();
      await connector.says('"status":"open"');
    }
    const inbound = (event: { type: string }): event is MessageEvent => event.type === 'message';
    const until = Date.now() + 40_000;
    const missing = () => ({
      in:
        Array.from({ length: KILLS * MESSAGES_A_KILL }).length -
        new Set(bed.queued.filter(inbound).map(({ wamid }) => wamid)).size,
      out: sent.length - new Set(statuses('sent').map(({ wamid }) => wamid)).size,
      delivered: sent.length - new Set(statuses('delivered').map(({ wamid }) => wamid)).size,
      read: sent.length - new Set(statuses('read').map(({ wamid }) => wamid)).size,
    });
    const statuses = (status: string) =>
      bed.queued.filter((event): event is StatusEvent => event.type === 'status' && event.status === status);
    while (Date.now() < until && Object.values(missing()).some((count) => count > 0)) {
      await bed.collect();
    }
    expect(missing()).toEqual({ in: 0, out: 0, delivered: 0, read: 0 });
    const texts = bed.queued.filter(inbound).map(({ content }) => content.type);
    expect(new Set(texts)).toEqual(new Set(['text']));
    const shown = await bed.phones.messages(FRIEND, { from: ME });
    const bubbles = shown.filter(({ id }) => sent.includes(id));
    expect(bubbles).toHaveLength(sent.length);
    expect(new Set(bubbles.map(({ kind }) => kind))).toEqual(new Set(['text', 'location', 'contacts', 'poll']));
    console.log({
      written: written.length,
      sent: sent.length,
      events: bed.queued.length,
      inboundEvents: texts.length,
      kills: KILLS,
    });
  },
  60_000 + KILLS * 20_000,
);
