import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event, MessageEvent, SessionEvent } from '#core/contracts/event.ts';
import { type Bed, type Identity, startBed } from './connector-bed.ts';
import type { ConnectorProcess } from './connector-process.ts';
import { exitingOn } from './preload.ts';

const ANA = '5511988880101';
const BIA = '5511988880102';
const FRIEND = '5511988880103';
const POISON = 'isto derruba o conector';
/** More deaths than are allowed. */
const MOST_STARTS = 8;

let bed: Bed;
let connector: ConnectorProcess;
let ana: Identity;
let bia: Identity;

const isText =
  (body: string) =>
  (event: Event): event is MessageEvent =>
    event.type === 'message' && event.content.type === 'text' && event.content.text.body === body;

async function pair(number: string): Promise<Identity> {
  const session = await bed.createSession();
  await bed.command(session, { type: 'session.start' });
  await bed.phones.scan(number, await bed.qr(session));
  await bed.status(session, 'open');
  return session;
}

/** Starts connectors, as ECS does, until one stays. @returns how many died */
async function startUntilOneStays(env: Record<string, string>): Promise<number> {
  for (let deaths = 1; deaths < MOST_STARTS; deaths++) {
    connector = await bed.startConnector({ env });
    const stays = connector.says('"reason":"quarantined"', 60_000).then(() => true);
    if (await Promise.race([stays.catch(() => false), connector.ended().then(() => false)])) return deaths;
  }
  throw new Error('No connector stays.');
}

beforeAll(async () => {
  bed = await startBed();
  for (const number of [ANA, BIA, FRIEND]) await bed.phones.createPerson({ number });
  connector = await bed.startConnector({ env: exitingOn(POISON) });
  [ana, bia] = [await pair(ANA), await pair(BIA)];
}, 40_000);
afterAll(() => bed.close());

describe('a session with a row that takes every process down', () => {
  it('is quarantined after three deaths, and the others go on', async () => {
    await bed.phones.write(FRIEND, ANA, POISON);
    await connector.ended();
    expect(await startUntilOneStays(exitingOn(POISON))).toBe(3);
    expect(await bed.status(ana, 'stopped')).toMatchObject({ reasonCode: 'quarantined' });
    expect(await bed.row(ana)).not.toHaveProperty('rowTrial');
    await bed.status(bia, 'open');
    await bed.phones.write(FRIEND, BIA, 'tudo bem aqui');
    await bed.event(isText('tudo bem aqui'));
    const told = await bed.event(
      (event): event is SessionEvent => event.type === 'session' && event.reasonCode === 'quarantined',
    );
    expect(told).toMatchObject({ sessionUid: ana.sessionUid, status: 'stopped', reason: expect.any(String) });
  }, 180_000);

  it('stays in quarantine when another task inherits its shard', async () => {
    await connector.kill('SIGKILL');
    connector = await bed.startConnector({ env: exitingOn(POISON) });
    await bed.event(isText('tudo bem aqui'));
    await connector.says(`"sessionUid":"${bia.sessionUid}","status":"open"`);
    expect(await bed.row(ana)).toMatchObject({ status: 'stopped', reasonCode: 'quarantined' });
    expect(connector.running).toBe(true);
  }, 40_000);

  it('is lifted by its owner’s start, and what had killed is delivered once the mapping can read it', async () => {
    await connector.kill('SIGTERM');
    connector = await bed.startConnector();
    await bed.command(ana, { type: 'session.start' });
    expect(await bed.status(ana, 'open')).not.toHaveProperty('reasonCode');
    expect(await bed.event(isText(POISON))).toMatchObject({ sessionUid: ana.sessionUid });
    expect(await bed.row(ana)).not.toHaveProperty('crashes');
  }, 40_000);

  it('is unlinked and erased by a deletion, which does not read what it died of', async () => {
    expect(await connector.kill('SIGTERM')).toBe(0);
    await bed.tables.send(
      new UpdateCommand({
        TableName: 'sessions',
        Key: { sessionId: bia.sessionId },
        UpdateExpression: 'SET #status = :status, reasonCode = :code',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':status': 'stopped', ':code': 'quarantined' },
      }),
    );
    await bed.phones.write(FRIEND, BIA, POISON);
    connector = await bed.startConnector({ env: exitingOn(POISON) });
    await bed.status(ana, 'open');
    await bed.deleteRow(bia);
    await bed.command(bia, { type: 'session.delete' });
    while ((await bed.rowsOf('authState', bia)).length > 0) await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await bed.phones.person(BIA)).toMatchObject({ linkedDevices: [] });
    expect(connector.running).toBe(true);
  }, 40_000);
});
