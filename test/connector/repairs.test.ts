import { DeleteCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event, MessageEvent } from '#core/contracts/event.ts';
import { type Bed, type Identity, startBed } from './connector-bed.ts';
import type { ConnectorProcess } from './connector-process.ts';

const ME = '5511988880061';
const FRIEND = '5511988880062';
const OTHER = '5511988880063';
/** More than the queue of events remembers, milliseconds (SQS: five minutes). */
const BEYOND_THE_QUEUE_MS = 6 * 60 * 1000;
const BACKLOG = 120;

let bed: Bed;
let connector: ConnectorProcess;
let session: Identity;
let device = '';

beforeAll(async () => {
  bed = await startBed();
  for (const number of [ME, FRIEND, OTHER]) await bed.phones.createPerson({ number, name: number });
  connector = await bed.startConnector();
  session = await bed.createSession();
  await bed.command(session, { type: 'session.start' });
  device = (await bed.phones.scan(ME, await bed.qr(session))).jid;
  await connector.says('"status":"open"');
  // Both know each other's ratchets from here on, so that what follows are no first messages.
  for (const number of [FRIEND, OTHER]) {
    await bed.phones.write(number, ME, `hello ${number}`);
    await bed.event(text(`hello ${number}`));
    const stanzaId = await bed.sendText(session, number, 'hello');
    await bed.phones.waitForMessage(number, ({ id }) => id === stanzaId);
    await bed.phones.write(number, ME, `hello again ${number}`);
    await bed.event(text(`hello again ${number}`));
  }
});
afterAll(async () => {
  expect(bed.defects).toEqual([]);
  await bed.close();
});

const isMessage = (event: Event): event is MessageEvent => event.type === 'message';
const text =
  (body: string) =>
  (event: Event): event is MessageEvent =>
    isMessage(event) && event.content.type === 'text' && event.content.text.body === body;
const placeholder =
  (from: string) =>
  (event: Event): event is MessageEvent =>
    isMessage(event) && event.from === from && event.content.type === 'unsupported';

/** Kills the connector and makes it forget the Signal session with somebody. */
async function killAndForget(number: string): Promise<void> {
  await connector.kill('SIGKILL');
  const lid = (await bed.phones.person(number)).lid;
  const forgotten = (await bed.rowsOf('authState', session)).filter((name) => name.startsWith(`session#${lid}`));
  expect(forgotten).not.toEqual([]);
  for (const entry of forgotten) {
    await bed.tables.send(
      new DeleteCommand({ TableName: 'authState', Key: { sessionUid: session.sessionUid, entry } }),
    );
  }
}

async function restart(): Promise<void> {
  bed.queueClock.skip(31_000);
  connector = await bed.startConnector();
  await connector.says('"status":"open"');
}

interface Mark {
  readonly message: string;
  /** Key of the row that it is about. */
  readonly of: string;
  readonly dueMs: number;
}

/** Marks of messages that are not told yet. */
async function marks(): Promise<Mark[]> {
  const { Items = [] } = await bed.tables.send(
    new QueryCommand({
      TableName: 'messages',
      ConsistentRead: true,
      KeyConditionExpression: 'sessionUid = :uid AND begins_with(message, :pending)',
      ExpressionAttributeValues: { ':uid': session.sessionUid, ':pending': 'pending#' },
    }),
  );
  return Items as Mark[];
}

describe('a message that can’t be decrypted', () => {
  it('is told once its author’s device has sent it again, without a placeholder when that is soon', async () => {
    await killAndForget(FRIEND);
    await bed.phones.write(FRIEND, ME, 'again, please');
    await restart();
    const event = await bed.event(text('again, please'));
    await connector.says('message could not be decrypted');
    expect(bed.queued.filter(placeholder(FRIEND))).toEqual([]);
    await bed.phones.write(FRIEND, ME, 'and on');
    const next = await bed.event(text('and on'));
    expect(next.sequence).toBeGreaterThan(event.sequence ?? Number.NaN);
  }, 60_000);

  it('is a placeholder while the author’s phone is off, over a restart, and its content later', async () => {
    await killAndForget(OTHER);
    const { id } = await bed.phones.write(OTHER, ME, 'from the tunnel');
    const own = async (): Promise<Mark[]> => (await marks()).filter(({ of }) => of.includes(id));
    await bed.phones.offline(OTHER);
    connector = await bed.startConnector();
    await connector.says('message could not be decrypted');
    while ((await own()).length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    await connector.kill('SIGKILL');
    // A minute has passed.
    for (const { message } of await own()) {
      await bed.tables.send(
        new UpdateCommand({
          TableName: 'messages',
          Key: { sessionUid: session.sessionUid, message },
          UpdateExpression: 'SET dueMs = :past',
          ExpressionAttributeValues: { ':past': 1 },
        }),
      );
    }
    await restart();
    const told = await bed.event(placeholder(OTHER));
    expect(told.content).toMatchObject({ errors: [{ code: 131060 }] });
    await bed.phones.online(OTHER);
    const content = await bed.event(text('from the tunnel'));
    expect(content).toMatchObject({ wamid: told.wamid, occurredAtMs: told.occurredAtMs, sequence: told.sequence });
    expect(content.eventId).not.toBe(told.eventId);
    expect(new Set(bed.queued.filter(placeholder(OTHER)).map(({ eventId }) => eventId)).size).toBe(1);
  }, 90_000);
});

describe('a message that comes twice', () => {
  it('is the same event when it is encrypted anew under its id, hours later', async () => {
    const { id } = await bed.phones.send(FRIEND, { to: ME, text: 'once', id: 'FFEEDDCCBBAA00112233' });
    const first = await bed.event(text('once'));
    await new Promise((resolve) => setTimeout(resolve, 1100));
    bed.queueClock.skip(BEYOND_THE_QUEUE_MS);
    await bed.phones.send(FRIEND, { to: ME, text: 'twice', id });
    await bed.phones.write(FRIEND, ME, 'after it');
    await bed.event(text('after it'));
    const events = bed.queued.filter((event) => isMessage(event) && event.wamid === first.wamid);
    expect(events.every((event) => JSON.stringify(event) === JSON.stringify(first))).toBe(true);
    expect(bed.queued.filter(text('twice'))).toEqual([]);
  }, 60_000);
});

/** @returns whether there was one */
const dropLine = (): Promise<boolean> =>
  bed.phones.disconnect(device, 'tcp').then(
    () => true,
    () => false,
  );

describe('a backlog', () => {
  it('of messages that came while the connector was away arrives whole and in order over a line that breaks', async () => {
    await connector.kill('SIGTERM');
    const written: string[] = [];
    for (let n = 0; n < BACKLOG; n++) {
      const author = n % 3 === 0 ? OTHER : FRIEND;
      await bed.phones.write(author, ME, `backlog ${n}`);
      written.push(`backlog ${n}`);
    }
    connector = await bed.startConnector();
    const told = (): MessageEvent[] =>
      bed.queued
        .filter(isMessage)
        .filter(({ content }) => content.type === 'text' && content.text.body.startsWith('backlog'));
    const until = Date.now() + 60_000;
    for (let drop = 0; drop < 3; drop++) {
      const before = told().length;
      while (told().length === before && Date.now() < until) await bed.collect();
      while (!(await dropLine()) && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const waiting = await bed.phones.device(device);
    expect(waiting.waiting.message).toBeGreaterThan(0);
    while (Date.now() < until && new Set(told().map(({ eventId }) => eventId)).size < BACKLOG) await bed.collect();
    const first = new Map(
      told()
        .toReversed()
        .map((event) => [event.eventId, event]),
    );
    const inOrder = [...first.values()].toSorted((a, b) => (a.sequence ?? 0) - (b.sequence ?? 0));
    expect(inOrder.map(({ content }) => content.type === 'text' && content.text.body)).toEqual(written);
    for (const author of [FRIEND, OTHER]) {
      const queued = told().filter(({ from }) => from === author);
      const fresh = queued.filter(
        (event, index) => queued.findIndex(({ eventId }) => eventId === event.eventId) === index,
      );
      expect(fresh.map(({ sequence }) => sequence)).toEqual(
        fresh.map(({ sequence }) => sequence).toSorted((a, b) => (a ?? 0) - (b ?? 0)),
      );
    }
  }, 120_000);
});
