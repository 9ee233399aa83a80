import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MessageEvent } from '#core/contracts/event.ts';
import { type Bed, type Identity, startBed } from './connector-bed.ts';
import type { ConnectorProcess } from './connector-process.ts';

const ME = '5511988880171';
const FRIEND = '5511988880172';
/** More than the closed sessions that a record keeps. */
const RESTARTS = 5;

let bed: Bed;
let connector: ConnectorProcess;
let session: Identity;

beforeAll(async () => {
  bed = await startBed();
  await bed.phones.createPerson({ number: ME, name: 'Ana' });
  await bed.phones.createPerson({ number: FRIEND, name: 'Bruno' });
  connector = await bed.startConnector();
  session = await bed.createSession();
  await bed.command(session, { type: 'session.start' });
  await bed.phones.scan(ME, await bed.qr(session));
  await bed.status(session, 'open');
});
afterAll(() => bed.close());

const isText =
  (text: string) =>
  (event: { readonly type: string }): event is MessageEvent =>
    event.type === 'message' && (event as MessageEvent).content.type === 'text' && JSON.stringify(event).includes(text);

async function send(text: string): Promise<string> {
  const stanzaId = await bed.sendText(session, FRIEND, text);
  await bed.phones.waitForMessage(FRIEND, ({ id }) => id === stanzaId, 30_000);
  return stanzaId;
}
const encryptionsOf = async (stanzaId: string): Promise<readonly (readonly string[])[]> =>
  (await bed.phones.stanzas(FRIEND)).filter(({ id }) => id === stanzaId).map(({ encryption }) => encryption);

describe('the Signal session with a contact', () => {
  it('stands over restarts, so that nothing that is under way under it is lost', async () => {
    await send('Oi');
    await bed.phones.write(FRIEND, ME, 'Oi!');
    await bed.event(isText('Oi!'));
    for (let restart = 0; restart < RESTARTS; restart++) {
      await connector.kill('SIGKILL');
      connector = await bed.startConnector();
      const stanzaId = await send(`De novo ${restart}`);
      expect(await encryptionsOf(stanzaId)).toEqual([['msg']]);
    }
    await bed.phones.write(FRIEND, ME, 'Ainda aqui');
    await bed.event(isText('Ainda aqui'));
    expect(connector.log).not.toContain('could not be decrypted');
  }, 180_000);

  it('is a new one when the contact asks for a message again', async () => {
    const stanzaId = await send('Ilegível');
    await bed.phones.askAgain(FRIEND, stanzaId);
    while ((await encryptionsOf(stanzaId)).length < 2) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await encryptionsOf(stanzaId)).toEqual(expect.arrayContaining([['msg'], ['pkmsg']]));
  }, 60_000);
});
