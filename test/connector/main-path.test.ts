import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Event, MessageEvent, StatusEvent } from '#core/contracts/event.ts';
import { allowedMs } from '../support/allowed-ms.ts';
import { type Bed, type Identity, startBed } from './connector-bed.ts';
import type { ConnectorProcess } from './connector-process.ts';

const ME = '5511988880001';
const FRIEND = '5511988880002';

let bed: Bed;
let connector: ConnectorProcess;
let session: Identity;

const isStatus =
  (stanza: string, status: string) =>
  (event: Event): event is StatusEvent =>
    event.type === 'status' && event.status === status && event.bizOpaqueCallbackData === stanza;
const isText =
  (body: string) =>
  (event: Event): event is MessageEvent =>
    event.type === 'message' && event.content.type === 'text' && event.content.text.body === body;

async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  const until = Date.now() + 15_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error(`Nothing came of it:\n${connector.log}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
const statusOf = (status: string) => async () => {
  const row = await bed.row(session);
  return row?.status === status ? row : undefined;
};

beforeAll(async () => {
  bed = await startBed();
  await bed.phones.createPerson({ number: ME, name: 'Ana' });
  await bed.phones.createPerson({ number: FRIEND, name: 'Bruno' });
  connector = await bed.startConnector();
});
afterAll(() => bed.close());

describe('the main path of a connector', () => {
  it('pairs by QR', async () => {
    session = await bed.createSession();
    await bed.command(session, { type: 'session.start' });
    const { qr = '' } = await eventually(async () => ((await bed.row(session))?.qr ? bed.row(session) : undefined));
    await bed.phones.scan(ME, qr);
    const row = await eventually(statusOf('open'));
    expect(row).toMatchObject({ phoneNumber: ME });
    expect(row.qr).toBeUndefined();
  });

  it('learns the profile name on the first connection, without another change of status', async () => {
    const { sinceMs } = await eventually(statusOf('open'));
    const named = await eventually(async () => {
      const row = await bed.row(session);
      return row?.profileName === undefined ? undefined : row;
    });
    expect(named).toMatchObject({ profileName: 'Ana', status: 'open', sinceMs });
    await bed.collect();
    const told = bed.queued.filter((event) => event.type === 'session' && event.status === 'open');
    expect(told).toHaveLength(1);
  });

  it('sends a text and tells sent, delivered and read', async () => {
    const stanzaId = await bed.sendText(session, FRIEND, 'Oi \u2028 🕊');
    const shown = await bed.phones.waitForMessage(FRIEND, ({ id }) => id === stanzaId);
    expect(shown).toMatchObject({ text: 'Oi \u2028 🕊' });
    await bed.event(isStatus('Oi \u2028 🕊', 'sent'));
    await bed.event(isStatus('Oi \u2028 🕊', 'delivered'));
    await bed.phones.read(FRIEND, stanzaId);
    expect(await bed.event(isStatus('Oi \u2028 🕊', 'read'))).toMatchObject({ recipientId: FRIEND });
  });

  it('queues a received text once, with the author', async () => {
    await bed.phones.write(FRIEND, ME, 'Tudo bem?');
    const event = await bed.event(isText('Tudo bem?'));
    expect(event).toMatchObject({ from: FRIEND, profileName: 'Bruno', displayPhoneNumber: ME });
    expect(await bed.rowsOf('messages', session)).toEqual(expect.arrayContaining([expect.stringMatching(/^in#/)]));
  });

  it('never gives a LID out as a phone number', async () => {
    const [person = ''] = await bed.phones.magic('lid');
    await bed.phones.write(person, ME, 'Pelo LID');
    const event = await bed.event(isText('Pelo LID'));
    expect(event.from).toBe(person);
    expect(event.fromUserId).toMatch(/^\d+$/);
    expect(event.fromUserId).not.toBe(person);
  });

  it('names the message of ours that a reply answers', async () => {
    const stanzaId = await bed.sendText(session, FRIEND, 'Vens?');
    await bed.phones.waitForMessage(FRIEND, ({ id }) => id === stanzaId);
    const sent = await bed.event(isStatus('Vens?', 'sent'));
    await bed.phones.reply(FRIEND, ME, 'Vou', stanzaId);
    expect(await bed.event(isText('Vou'))).toMatchObject({ context: { id: sent.wamid, from: ME } });
  });

  it('tells that a message was taken back', async () => {
    const { id } = await bed.phones.write(FRIEND, ME, 'Antes');
    const { wamid } = await bed.event(isText('Antes'));
    await bed.phones.revoke(FRIEND, ME, id);
    const revoked = (event: Event): event is MessageEvent =>
      event.type === 'message' && event.content.type === 'revoke';
    expect(await bed.event(revoked)).toMatchObject({ content: { revoke: { original_message_id: wamid } } });
  });

  it('ends on SIGTERM with exit code 0, keeps the link, and reconnects in the next process', async () => {
    const before = Date.now();
    expect(await connector.kill('SIGTERM')).toBe(0);
    expect(Date.now() - before).toBeLessThan(allowedMs(10_000));
    expect(connector.log).toContain('message published');
    for (const secret of [ME, FRIEND, 'Tudo bem', 'privKey', 'chainKey']) expect(connector.log).not.toContain(secret);
    await bed.phones.write(FRIEND, ME, 'Enquanto dormias');
    connector = await bed.startConnector();
    await connector.says('session status');
    expect(await bed.event(isText('Enquanto dormias'))).toMatchObject({ from: FRIEND });
    await bed.sendText(session, FRIEND, 'Voltei');
    await bed.event(isStatus('Voltei', 'sent'));
  });

  it('sends what WhatsApp had not acknowledged again under its stanza id after a kill, and the phone shows it once', async () => {
    const [person = ''] = await bed.phones.magic('ack-lost-once');
    const stanzaId = await bed.sendText(session, person, 'Uma vez');
    await bed.phones.waitForMessage(person, ({ id }) => id === stanzaId);
    await connector.kill('SIGKILL');
    bed.queueClock.skip(30_000);
    connector = await bed.startConnector();
    await bed.event(isStatus('Uma vez', 'sent'), 30_000);
    // WhatsApp acknowledges what it has queued; the phone may read it later.
    await vi.waitFor(async () =>
      expect((await bed.phones.stanzas(person)).filter(({ id }) => id === stanzaId)).toHaveLength(2),
    );
    const shown = await bed.phones.messages(person);
    expect(shown.filter(({ id }) => id === stanzaId)).toHaveLength(1);
  }, 60_000);

  it('tells the receipts of a message that a kill left without a row, although WhatsApp tells them once', async () => {
    // A process that has nothing parked: behind parked messages the command would leave its queue before it is sent.
    await connector.kill('SIGTERM');
    connector = await bed.startConnector();
    await connector.says('"status":"open"');
    const [person = ''] = await bed.phones.magic('ack-lost-once');
    const stanzaId = await bed.sendText(session, person, 'Lida cedo');
    await bed.phones.waitForMessage(person, ({ id }) => id === stanzaId);
    await connector.kill('SIGKILL');
    await bed.phones.read(person, stanzaId);
    connector = await bed.startConnector();
    // The receipts come with the login; the command is invisible for longer.
    while (!(await bed.rowsOf('messages', session)).some((key) => key.startsWith(`early#${stanzaId}#read`)))
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await bed.rowsOf('messages', session)).includes(`out#${stanzaId}`)).toBe(false);
    bed.queueClock.skip(30_000);
    // The poll that was going on before the skip lasts 20 s.
    await bed.event(isStatus('Lida cedo', 'delivered'), 60_000);
    await bed.event(isStatus('Lida cedo', 'read'));
  }, 120_000);
});
