import { randomBytes } from 'node:crypto';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event, SessionEvent, StatusEvent } from '#core/contracts/event.ts';
import { newQuestionId } from '#core/domain/ids.ts';
import { allowedMs } from '../support/allowed-ms.ts';
import { type Bed, type Identity, startBed } from './connector-bed.ts';
import type { ConnectorProcess } from './connector-process.ts';

const ME = '5511988880041';
const FRIEND = '5511988880042';

let bed: Bed;
let connector: ConnectorProcess;
let session: Identity;

const told =
  (status: SessionEvent['status']) =>
  (event: Event): event is SessionEvent =>
    event.type === 'session' && event.status === status;
const failed =
  (body: string) =>
  (event: Event): event is StatusEvent =>
    event.type === 'status' && event.status === 'failed' && event.bizOpaqueCallbackData === body;

beforeAll(async () => {
  bed = await startBed();
  await bed.phones.createPerson({ number: ME, name: 'Ana' });
  await bed.phones.createPerson({ number: FRIEND, name: 'Bruno' });
  connector = await bed.startConnector();
  session = await bed.createSession();
});
afterAll(() => bed.close());

async function pairByCode(): Promise<void> {
  const questionId = newQuestionId(randomBytes);
  await bed.command(
    session,
    { type: 'question.pairing_code', questionId, phone: ME, deadlineMs: Date.now() + 10_000 },
    'question',
  );
  for (;;) {
    const { Item } = await bed.tables.send(
      new GetCommand({ TableName: 'answers', Key: { questionId }, ConsistentRead: true }),
    );
    if (Item) {
      expect(Item).toMatchObject({ answer: { type: 'pairing_code', code: expect.stringMatching(/^\w{8}$/) } });
      await bed.phones.enterPairingCode(ME, Item['answer'].code);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('the life of a session', () => {
  it('pairs by code without a start, and tells each status once', async () => {
    await pairByCode();
    await bed.event(told('pairing'));
    await bed.event(told('open'));
    expect(await bed.status(session, 'open')).toMatchObject({ phoneNumber: ME, lid: expect.any(String) });
  });

  it('answers the wish for a code with a refusal when a phone is linked', async () => {
    const questionId = newQuestionId(randomBytes);
    await bed.command(
      session,
      { type: 'question.pairing_code', questionId, phone: ME, deadlineMs: Date.now() + 10_000 },
      'question',
    );
    for (let answer: unknown; !answer; ) {
      const { Item } = await bed.tables.send(
        new GetCommand({ TableName: 'answers', Key: { questionId }, ConsistentRead: true }),
      );
      answer = Item?.['answer'];
      if (answer) expect(answer).toMatchObject({ type: 'error', code: 100 });
    }
  });

  it('serves a device that cannot decrypt at first', async () => {
    const [number = ''] = await bed.phones.magic('decrypts-later');
    const stanzaId = await bed.sendText(session, number, 'outra vez');
    expect(await bed.phones.waitForMessage(number, ({ id }) => id === stanzaId)).toMatchObject({ text: 'outra vez' });
  });

  it('parks messages of a stopped session and sends them after its start', async () => {
    await bed.command(session, { type: 'session.stop' });
    await bed.status(session, 'stopped');
    const stanzaId = await bed.sendText(session, FRIEND, 'parada');
    while (!(await bed.rowsOf('messages', session)).some((key) => key.startsWith('parked#chat#'))) await bed.collect();
    await bed.command(session, { type: 'session.start' });
    await bed.status(session, 'open');
    await bed.phones.waitForMessage(FRIEND, ({ id }) => id === stanzaId);
  });

  it('is logged out when the phone unlinks it, and pairs anew after a start', async () => {
    await bed.phones.unlink(ME);
    expect(await bed.status(session, 'logged_out')).toMatchObject({ reason: expect.stringContaining('unlinked') });
    await bed.command(session, { type: 'session.start' });
    await bed.phones.scan(ME, await bed.qr(session));
    await bed.status(session, 'open');
  });

  it('unlinks at WhatsApp and erases its keys on logout', async () => {
    await bed.command(session, { type: 'session.logout' });
    await bed.status(session, 'logged_out');
    expect(await bed.rowsOf('authState', session)).toEqual([]);
    expect(await bed.phones.person(ME)).toMatchObject({ linkedDevices: [] });
    await bed.sendText(session, FRIEND, 'sem telefone');
    expect(await bed.event(failed('sem telefone'))).toMatchObject({ errors: [{ code: 133010 }] });
  });

  it('erases everything on delete, and fails messages of its uid', async () => {
    await bed.command(session, { type: 'session.start' });
    await bed.phones.scan(ME, await bed.qr(session));
    await bed.status(session, 'open');
    await bed.deleteRow(session);
    await bed.command(session, { type: 'session.delete' });
    while ((await bed.rowsOf('authState', session)).length + (await bed.rowsOf('messages', session)).length > 0) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(await bed.phones.person(ME)).toMatchObject({ linkedDevices: [] });
    await bed.sendText(session, FRIEND, 'tarde demais');
    expect(await bed.event(failed('tarde demais'))).toMatchObject({ errors: [{ code: 133010 }] });
  });
});

describe('a deletion that a kill interrupts', () => {
  it('is finished by the next process, which knows the session only from the command', async () => {
    session = await bed.createSession();
    await bed.command(session, { type: 'session.start' });
    await bed.phones.scan(ME, await bed.qr(session));
    await bed.status(session, 'open');
    await connector.kill('SIGKILL');
    await bed.deleteRow(session);
    await bed.command(session, { type: 'session.delete' });
    connector = await bed.startConnector();
    while ((await bed.rowsOf('authState', session)).length > 0)
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await bed.phones.person(ME)).toMatchObject({ linkedDevices: [] });
  });
});

describe('two connectors', () => {
  it('hands over to the one that waits as soon as the active one leaves', async () => {
    const other = await bed.startConnector({ env: { ECS_CONTAINER_METADATA_URI_V4: await bed.metadata('task-b') } });
    await other.says('task entered');
    expect(other.log).not.toContain('shard taken');
    const before = Date.now();
    expect(await connector.kill('SIGTERM')).toBe(0);
    const left = Date.now();
    await other.says('shard taken');
    expect(Date.now() - left).toBeLessThan(allowedMs(2500));
    expect(left - before).toBeLessThan(allowedMs(10_000));
    connector = other;
  });

  it('takes over at once when the same task starts again after a kill', async () => {
    await connector.kill('SIGKILL');
    const before = Date.now();
    const again = await bed.startConnector({ env: { ECS_CONTAINER_METADATA_URI_V4: await bed.metadata('task-b') } });
    await again.says('shard taken');
    expect(Date.now() - before).toBeLessThan(allowedMs(8000));
    expect(await again.kill('SIGTERM')).toBe(0);
  });
});
