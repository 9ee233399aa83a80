import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event, StatusEvent } from '#core/contracts/event.ts';
import { TTL_ATTRIBUTE } from '#core/resource-names.ts';
import { type Bed, type Identity, startBed } from './connector-bed.ts';
import type { ConnectorProcess } from './connector-process.ts';
import { sendToGroup } from './send-to-group.ts';

const ME = '5511988880101';
const FRIEND = '5511988880102';
const OTHER = '5511988880103';
const WEEK_S = 7 * 24 * 60 * 60;

let bed: Bed;
let session: Identity;
let connector: ConnectorProcess;

const sent =
  (body: string) =>
  (event: Event): event is StatusEvent =>
    event.type === 'status' && event.status === 'sent' && event.bizOpaqueCallbackData === body;

beforeAll(async () => {
  bed = await startBed();
  for (const number of [ME, FRIEND, OTHER]) await bed.phones.createPerson({ number });
  connector = await bed.startConnector();
  session = await bed.createSession();
  await bed.command(session, { type: 'session.start' });
  await bed.phones.scan(ME, await bed.qr(session));
  await bed.status(session, 'open');
}, 30_000);
afterAll(() => bed.close());

async function restart(): Promise<void> {
  await connector.kill('SIGKILL');
  connector = await bed.startConnector();
  await connector.says('"status":"open"');
}

/** Stanzas of this message that the phone could read, once there are `count`. */
async function readable(number: string, stanzaId: string, count: number): Promise<void> {
  const until = Date.now() + 15_000;
  for (;;) {
    const stanzas = (await bed.phones.stanzas(number)).filter(({ id }) => id === stanzaId);
    if (stanzas.length === count) {
      expect(stanzas.map(({ isDecrypted }) => isDecrypted)).toEqual(Array(count).fill(true));
      return;
    }
    if (Date.now() > until) throw new Error(`${stanzas.length} stanzas, not ${count}:\n${connector.log}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('a recipient that asks for a message again after the connector was restarted', () => {
  it('gets it out of its row, which is there for a week at least, and can read it', async () => {
    const stanzaId = await bed.sendText(session, FRIEND, 'para a semana');
    await bed.event(sent('para a semana'));
    await readable(FRIEND, stanzaId, 1);
    const Key = { sessionUid: session.sessionUid, message: `out#${stanzaId}` };
    const { Item } = await bed.tables.send(new GetCommand({ TableName: 'messages', Key }));
    expect(Number(Item?.[TTL_ATTRIBUTE]) - Date.now() / 1000).toBeGreaterThan(WEEK_S);
    await restart();
    await bed.phones.askAgain(FRIEND, stanzaId);
    await readable(FRIEND, stanzaId, 2);
    expect((await bed.phones.messages(FRIEND, { from: ME })).map(({ id }) => id)).toEqual([stanzaId]);
  }, 60_000);

  it('gets it in a group too, and nobody sees it twice', async () => {
    const { jid } = await bed.phones.createGroup(ME, 'Amigos', [FRIEND, OTHER]);
    const stanzaId = await sendToGroup(bed, session, jid.replace('@g.us', ''), 'a todos');
    await bed.event(sent('a todos'));
    await readable(OTHER, stanzaId, 1);
    await restart();
    await bed.phones.askAgain(OTHER, stanzaId);
    await readable(OTHER, stanzaId, 2);
    // Baileys answers a phone, device 0, by sending to the whole group again, under the same id.
    for (const number of [FRIEND, OTHER]) {
      expect(await bed.phones.messages(number, { chat: jid })).toMatchObject([{ id: stanzaId, text: 'a todos' }]);
    }
  }, 60_000);
});
