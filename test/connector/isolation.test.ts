import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event, MessageEvent } from '#core/contracts/event.ts';
import { type Bed, type Identity, startBed } from './connector-bed.ts';
import type { ConnectorProcess } from './connector-process.ts';
import { stumbling } from './preload.ts';

const ANA = '5511988880091';
const BIA = '5511988880092';
const FRIEND = '5511988880093';
/** D6 and whatsapp.md 4.2: Baileys alone needs 65 to 95 s. */
const NOTICED_WITHIN_MS = 60_000;

let bed: Bed;
let connector: ConnectorProcess;
let ana: Identity;
let bia: Identity;
let deviceOfAna: string;

const isText =
  (body: string) =>
  (event: Event): event is MessageEvent =>
    event.type === 'message' && event.content.type === 'text' && event.content.text.body === body;

async function pair(number: string): Promise<{ readonly session: Identity; readonly device: string }> {
  const session = await bed.createSession();
  await bed.command(session, { type: 'session.start' });
  const { jid: device } = await bed.phones.scan(number, await bed.qr(session));
  await bed.status(session, 'open');
  return { session, device };
}

/** What the log says of a session's statuses. */
const statusesOf = ({ sessionUid }: Identity): string[] =>
  connector.log
    .split('\n')
    .filter((entry) => entry.includes(sessionUid) && entry.includes('"session status"'))
    .map((entry) => (JSON.parse(entry) as { status: string }).status);

beforeAll(async () => {
  bed = await startBed();
  for (const number of [ANA, BIA, FRIEND]) await bed.phones.createPerson({ number });
  connector = await bed.startConnector({ env: stumbling() });
  ({ session: ana, device: deviceOfAna } = await pair(ANA));
  ({ session: bia } = await pair(BIA));
  // The row says it before the log, which is read here.
  for (const { sessionUid } of [ana, bia]) await connector.says(`"sessionUid":"${sessionUid}","status":"open"`);
}, 40_000);
afterAll(() => bed.close());

describe('two sessions in one process', () => {
  it('do not harm each other when the line of one goes deaf: it is ended and opened anew within a minute', async () => {
    const before = statusesOf(bia);
    await bed.phones.disconnect(deviceOfAna, 'silent');
    const cutMs = Date.now();
    await bed.phones.write(FRIEND, ANA, 'ninguém ouve');
    await bed.event(isText('ninguém ouve'), NOTICED_WITHIN_MS);
    expect(Date.now() - cutMs).toBeLessThan(NOTICED_WITHIN_MS);
    expect(statusesOf(ana)).toContain('reconnecting');
    expect(statusesOf(bia)).toEqual(before);
    await bed.phones.write(FRIEND, BIA, 'tudo igual');
    await bed.event(isText('tudo igual'));
  }, 90_000);

  it('do not harm each other when one meets an error that nobody catches: only that one is connected anew', async () => {
    await bed.status(ana, 'open');
    const [ofAna, ofBia] = [statusesOf(ana), statusesOf(bia)];
    process.kill(connector.pid ?? 0, 'SIGUSR2');
    await bed.phones.write(FRIEND, ANA, 'tropeço');
    expect(await bed.event(isText('tropeço'), 30_000)).toMatchObject({ sessionUid: ana.sessionUid });
    expect(connector.log).toContain('A planted error.');
    await bed.status(ana, 'open');
    expect(statusesOf(ana)).toEqual([...ofAna, 'reconnecting', 'open']);
    expect(statusesOf(bia)).toEqual(ofBia);
    expect(connector.running).toBe(true);
    await bed.phones.write(FRIEND, BIA, 'ainda aqui');
    await bed.event(isText('ainda aqui'));
    const stanzaId = await bed.sendText(ana, FRIEND, 'de novo');
    await bed.phones.waitForMessage(FRIEND, ({ id }) => id === stanzaId);
  }, 60_000);
});
