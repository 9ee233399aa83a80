import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event, SessionEvent } from '#core/contracts/event.ts';
import { Env } from '#core/resource-names.ts';
import type { Disconnect } from '../../sandbox/control/schemas.ts';
import { allowedMs } from '../support/allowed-ms.ts';
import { type Bed, type Identity, startBed } from './connector-bed.ts';
import type { ConnectorProcess } from './connector-process.ts';

const ME = '5511988880121';
const OTHER = '5511988880122';
/** An owner's start cuts a wait short, but not within this time after the last attempt. */
const HASTEN_AFTER_MS = 5200;

let bed: Bed;
let connector: ConnectorProcess;
let session: Identity;
let device: string;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const told =
  (reasonCode: string) =>
  (event: Event): event is SessionEvent =>
    event.type === 'session' && event.reasonCode === reasonCode;

async function pair(number: string): Promise<{ readonly session: Identity; readonly device: string }> {
  const created = await bed.createSession();
  await bed.command(created, { type: 'session.start' });
  const { jid } = await bed.phones.scan(number, await bed.qr(created));
  await bed.status(created, 'open');
  return { session: created, device: jid };
}

/** Waits for the row to tell this reason. */
async function reason(code: string): Promise<void> {
  for (const until = Date.now() + 10_000; Date.now() < until; await pause(25)) {
    if ((await bed.row(session))?.reasonCode === code) return;
  }
  throw new Error(`The row never said ${code}: ${JSON.stringify(await bed.row(session))}`);
}

beforeAll(async () => {
  bed = await startBed();
  await bed.phones.createPerson({ number: ME });
  await bed.phones.createPerson({ number: OTHER });
  connector = await bed.startConnector();
  ({ session, device } = await pair(ME));
}, 40_000);
afterAll(() => bed.close());

describe('a session whose connection WhatsApp ends', () => {
  it.each<[Disconnect, string]>([
    ['503', 'whatsapp_busy'],
    ['tcp', 'connection_lost'],
    ['xmlstreamend', 'connection_lost'],
    ['500', 'whatsapp_error'],
    ['ack', 'whatsapp_error'],
  ])(
    'by %s comes back by itself, says meanwhile why, and tells no operator',
    async (how, code) => {
      await bed.phones.disconnect(device, how);
      await reason(code);
      expect(await bed.row(session)).toMatchObject({ status: 'reconnecting', reason: expect.stringMatching(/\.$/) });
      expect(await bed.status(session, 'open')).not.toHaveProperty('reasonCode');
      expect(await bed.event(told(code))).toMatchObject({ status: 'reconnecting', reason: expect.any(String) });
      expect(connector.log).not.toContain('operators are not told');
    },
    60_000,
  );

  it('by 515 comes back at once', async () => {
    const before = Date.now();
    await bed.phones.disconnect(device, '515');
    await connector.says('"code":515');
    await bed.status(session, 'open');
    expect(Date.now() - before).toBeLessThan(allowedMs(5000));
  });

  it.each<[Disconnect, string]>([
    ['refuse-402', 'banned_for_a_time'],
    ['refuse-403', 'number_refused'],
    ['refuse-406', 'number_banned'],
  ])(
    'by %s is banned, keeps its keys, tells operators, and opens when its owner starts it later',
    async (how, code) => {
      await bed.phones.disconnect(device, how);
      expect(await bed.status(session, 'banned')).toMatchObject({ reasonCode: code });
      expect(await bed.event(told(code))).toMatchObject({ status: 'banned' });
      await connector.says(`"reason":"${code}","status":"banned"`);
      await pause(1500);
      expect(await bed.row(session)).toMatchObject({ status: 'banned' });
      await bed.phones.disconnect(device, 'accept');
      await bed.command(session, { type: 'session.start' });
      await bed.status(session, 'open');
    },
    30_000,
  );

  it('by 405 keeps its link, waits for long, and tells operators; its owner may cut the wait short', async () => {
    await bed.phones.disconnect(device, 'refuse-405');
    await reason('client_outdated');
    expect(await bed.row(session)).toMatchObject({ status: 'reconnecting', phoneNumber: ME });
    await connector.says('"reason":"client_outdated","status":"reconnecting"');
    await bed.phones.disconnect(device, 'accept');
    await pause(HASTEN_AFTER_MS);
    await bed.command(session, { type: 'session.start' });
    await bed.status(session, 'open');
  }, 30_000);

  it('by another program that takes its link waits for ten seconds at least', async () => {
    await bed.phones.disconnect(device, 'conflict');
    await reason('link_taken');
    await pause(HASTEN_AFTER_MS);
    expect(await bed.row(session)).toMatchObject({ status: 'reconnecting', reasonCode: 'link_taken' });
    await bed.command(session, { type: 'session.start' });
    await bed.status(session, 'open');
  }, 30_000);

  it('answers diagnostics with what happened', async () => {
    const questionId = await bed.ask(session, { type: 'question.diagnostics' });
    expect(await bed.answer(questionId)).toMatchObject({
      type: 'diagnostics',
      diagnostics: {
        task: expect.any(String),
        lastFrameAgeMs: expect.any(Number),
        pendingAcks: 0,
        parkedCommands: 0,
        ledgerBytes: expect.any(Number),
        whatsappVersion: expect.stringMatching(/^2\.3000\.\d+$/),
        disconnects: expect.arrayContaining([
          { code: 440, reasonCode: 'link_taken', atMs: expect.any(Number) },
          { code: 405, reasonCode: 'client_outdated', atMs: expect.any(Number) },
        ]),
      },
    });
  });

  it('by 401 is unlinked, and operators hear of it', async () => {
    await bed.phones.disconnect(device, 'logout');
    expect(await bed.status(session, 'logged_out')).toMatchObject({ reasonCode: 'device_unlinked' });
    await connector.says('"reason":"device_unlinked","status":"logged_out"');
  });
});

describe('a deletion', () => {
  it('unlinks at WhatsApp also when the session waits between two attempts', async () => {
    ({ session, device } = await pair(OTHER));
    await bed.phones.disconnect(device, 'refuse-405');
    await reason('client_outdated');
    await bed.phones.disconnect(device, 'accept');
    await pause(HASTEN_AFTER_MS);
    await bed.deleteRow(session);
    await bed.command(session, { type: 'session.delete' });
    while ((await bed.rowsOf('authState', session)).length > 0) await pause(100);
    expect(await bed.phones.person(OTHER)).toMatchObject({ linkedDevices: [] });
  }, 40_000);
});

describe('an address that WhatsApp refuses', () => {
  it('is told at once, to operators too, and tried again slowly', async () => {
    const refusing = createServer((_request, response) => response.end());
    refusing.on('upgrade', (_request, socket) =>
      socket.end('HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n'),
    );
    await once(refusing.listen(0, '127.0.0.1'), 'listening');
    const { port } = refusing.address() as AddressInfo;
    await connector.kill('SIGTERM');
    connector = await bed.startConnector({ env: { [Env.whatsappUrl]: `ws://127.0.0.1:${port}/ws/chat` } });
    session = await bed.createSession();
    await bed.command(session, { type: 'session.start' });
    await reason('address_refused');
    await connector.says('"kind":"session.needs_person"');
    expect(await bed.row(session)).toMatchObject({ status: 'pairing' });
    refusing.close();
  }, 30_000);
});
