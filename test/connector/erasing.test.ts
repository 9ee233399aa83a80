import { randomBytes } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MessageEvent, StatusEvent } from '#core/contracts/event.ts';
import { parseWamid } from '#core/domain/wamid.ts';
import { type Bed, type Identity, startBed } from './connector-bed.ts';
import type { ConnectorProcess } from './connector-process.ts';
import { makeBedFiles } from './media/bed-files.ts';

const ME = '5511988880071';
const FRIEND = '5511988880072';

let bed: Bed;
let connector: ConnectorProcess;
let files: ReturnType<typeof makeBedFiles>;
let session: Identity;
let neighbour: Identity;

beforeAll(async () => {
  bed = await startBed();
  for (const number of [ME, FRIEND]) await bed.phones.createPerson({ number, name: number });
  connector = await bed.startConnector();
  files = makeBedFiles(bed);
  session = await bed.createSession();
  neighbour = await bed.createSession();
  await bed.command(session, { type: 'session.start' });
  await bed.phones.scan(ME, await bed.qr(session));
  await bed.status(session, 'open');
});
afterAll(async () => {
  files.close();
  await bed.close();
});

const rows = async (identity: Identity): Promise<number> =>
  (await bed.rowsOf('authState', identity)).length + (await bed.rowsOf('messages', identity)).length;

/** Of the session's messages. */
const kinds = async (): Promise<Set<string>> =>
  new Set((await bed.rowsOf('messages', session)).map((key) => key.split(/[#:]/)[0] ?? ''));

describe('the deletion of a session', () => {
  it('erases every row and file and unlinks the device although no connector ran when it was asked for', async () => {
    await bed.phones.write(FRIEND, ME, 'received');
    const stanzaId = await bed.sendText(session, FRIEND, 'sent');
    await bed.phones.waitForMessage(FRIEND, ({ id }) => id === stanzaId);
    await bed.event((event): event is typeof event => event.type === 'message');
    await bed.phones.picture(FRIEND, ME, randomBytes(3000));
    const picture = await bed.event(
      (event): event is MessageEvent => event.type === 'message' && event.content.type === 'image',
    );
    const received = picture.content.type === 'image' ? picture.content.image.id : '';
    const uploaded = await files.upload(session, randomBytes(100), 'image/jpeg');
    const neighbourly = await files.upload(neighbour, randomBytes(100), 'image/jpeg');
    const stored = await Promise.all([received, uploaded, neighbourly].map((id) => files.rowOf(id)));
    for (const row of stored) expect((await files.stored(row!)).length).toBeGreaterThan(0);
    const tomorrow = await bed.sendText(session, FRIEND, 'tomorrow', { notBeforeMs: Date.now() + 3_600_000 });
    for (
      let found = await kinds();
      !['in', 'out', 'part', 'parked'].every((kind) => found.has(kind));
      found = await kinds()
    )
      await new Promise((resolve) => setTimeout(resolve, 50));
    // One that is still in hand at the kill would hold up those that come after it.
    await bed.commandsDone();
    await connector.kill('SIGKILL');
    // What other moments would have left: marks, parts, and rows of a later release.
    for (const message of ['pending#00000000000000001', 'part#A#b#0', 'of a later release#1']) {
      for (const { sessionUid } of [session, neighbour]) {
        await bed.tables.send(new PutCommand({ TableName: 'messages', Item: { sessionUid, message, of: 'in#gone' } }));
      }
    }
    const neighbours = await rows(neighbour);
    expect([...(await kinds())].toSorted()).toEqual(['in', 'of a later release', 'out', 'parked', 'part', 'pending']);
    expect((await bed.rowsOf('authState', session)).length).toBeGreaterThan(10);

    await bed.deleteRow(session);
    await bed.command(session, { type: 'session.delete' });
    connector = await bed.startConnector();
    const until = Date.now() + 30_000;
    while ((await rows(session)) > 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 100));
    expect([...(await bed.rowsOf('authState', session)), ...(await bed.rowsOf('messages', session))]).toEqual([]);
    expect(await bed.phones.person(ME)).toMatchObject({ linkedDevices: [] });
    while (((await files.rowOf(uploaded)) ?? (await files.rowOf(received))) && Date.now() < until)
      await new Promise((resolve) => setTimeout(resolve, 100));
    const left = await Promise.all([received, uploaded, neighbourly].map((id) => files.rowOf(id)));
    expect(left).toEqual([undefined, undefined, stored[2]]);
    for (const row of stored.slice(0, 2)) await expect(files.stored(row!)).rejects.toThrow(/NoSuchKey|not exist/);
    expect((await files.stored(stored[2]!)).length).toBe(100);

    const failed = await bed.event(
      (event): event is StatusEvent =>
        event.type === 'status' && event.status === 'failed' && event.bizOpaqueCallbackData === 'tomorrow',
    );
    expect(parseWamid(failed.wamid)?.stanzaId).toBe(tomorrow);

    // Nothing comes back afterwards.
    await bed.phones.write(FRIEND, ME, 'to nobody');
    await bed.sendText(session, FRIEND, 'from nobody');
    await connector.says('command for a session that is gone');
    expect(await connector.kill('SIGTERM')).toBe(0);
    expect(await rows(session)).toBe(0);
    expect(await rows(neighbour)).toBe(neighbours);
    expect(bed.defects).toEqual([]);
  }, 120_000);
});
