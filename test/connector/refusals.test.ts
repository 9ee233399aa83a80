import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event, StatusEvent } from '#core/contracts/event.ts';
import { type Bed, type Identity, startBed } from './connector-bed.ts';
import type { ConnectorProcess } from './connector-process.ts';

const ME = '5511988880091';
const FRIEND = '5511988880092';

let bed: Bed;
let session: Identity;
let connector: ConnectorProcess;

const concluded =
  (body: string) =>
  (event: Event): event is StatusEvent =>
    event.type === 'status' && ['sent', 'failed'].includes(event.status) && event.bizOpaqueCallbackData === body;
const details = (event: StatusEvent): string => event.errors?.[0]?.error_data?.details ?? '';

beforeAll(async () => {
  bed = await startBed();
  await bed.phones.createPerson({ number: ME, name: 'Ana' });
  await bed.phones.createPerson({ number: FRIEND, name: 'Bruno' });
  connector = await bed.startConnector();
  session = await bed.createSession();
  await bed.command(session, { type: 'session.start' });
  await bed.phones.scan(ME, await bed.qr(session));
  await bed.status(session, 'open');
}, 30_000);
afterAll(() => bed.close());

describe('a message that WhatsApp does not take', () => {
  it.each([
    ['not-on-whatsapp', 131026],
    ['nack-400', 131026],
    ['nack-401', 131026],
    ['nack-403', 131026],
    ['nack-404', 131026],
    ['nack-408', 131016],
    ['nack-429', 131048],
    ['nack-479', 131026],
    ['nack-500', 131016],
    ['nack-503', 131016],
  ])('fails when the number is %s', async (name, code) => {
    const [number = ''] = await bed.phones.magic(name);
    await bed.sendText(session, number, name);
    const event = await bed.event(concluded(name));
    expect(event).toMatchObject({ status: 'failed', recipientId: number, errors: [{ code }] });
    expect(await bed.phones.messages(number).catch(() => [])).toEqual([]);
  });

  it.each(['nack-479-once', 'nack-503-once'])('goes out again under the same id after %s', async (name) => {
    const [number = ''] = await bed.phones.magic(name);
    const stanzaId = await bed.sendText(session, number, name);
    expect(await bed.event(concluded(name))).toMatchObject({ status: 'sent' });
    const stanzas = (await bed.phones.stanzas(number)).filter(({ isDecrypted }) => isDecrypted !== undefined);
    expect(stanzas).toMatchObject([{ id: stanzaId, isDecrypted: true }]);
  });

  it('is not sent to nobody when the server names no device, and says so', async () => {
    const [number = ''] = await bed.phones.magic('devices-unnamed');
    await bed.sendText(session, number, 'ninguém');
    const event = await bed.event(concluded('ninguém'), 30_000);
    expect(event).toMatchObject({ status: 'failed', errors: [{ code: 131026 }] });
    expect(details(event)).toContain('Nothing was sent');
  });

  // Last: the pause concerns all who have not written.
  it('because it would open a chat keeps the session from further tries, and people who wrote are reached', async () => {
    await bed.phones.write(FRIEND, ME, 'Oi');
    await bed.event((event): event is Event => event.type === 'message');
    const [timelocked = ''] = await bed.phones.magic('nack-463');
    await bed.sendText(session, timelocked, 'primeira');
    const first = await bed.event(concluded('primeira'));
    expect(first).toMatchObject({ status: 'failed', errors: [{ code: 131048 }] });
    expect(details(first)).toMatch(/again from \d{4}-\d\d-\d\dT/);
    const stranger = await bed.phones.createPerson();
    await bed.sendText(session, stranger.number, 'fria');
    expect(await bed.event(concluded('fria'))).toMatchObject({ status: 'failed', errors: [{ code: 131048 }] });
    expect(await bed.phones.stanzas(stranger.number)).toEqual([]);
    await bed.sendText(session, FRIEND, 'conhecido');
    expect(await bed.event(concluded('conhecido'))).toMatchObject({ status: 'sent' });
    await connector.kill('SIGTERM');
    connector = await bed.startConnector();
    await bed.sendText(session, stranger.number, 'ainda fria');
    expect(await bed.event(concluded('ainda fria'))).toMatchObject({ status: 'failed', errors: [{ code: 131048 }] });
  }, 60_000);
});
