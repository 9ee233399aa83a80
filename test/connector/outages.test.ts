import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bed, type Identity, startBed } from './connector-bed.ts';
import type { ConnectorProcess } from './connector-process.ts';
import { Conversation } from './conversation.ts';

const ME = '5511988880071';
const FRIEND = '5511988880072';
const OUTAGE_MS = 20_000;

let bed: Bed;
let connector: ConnectorProcess;
let session: Identity;
let conversation: Conversation;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

beforeAll(async () => {
  bed = await startBed();
  await bed.phones.createPerson({ number: ME, name: 'Ana' });
  await bed.phones.createPerson({ number: FRIEND, name: 'Bruno' });
  connector = await bed.startConnector();
  session = await bed.createSession();
  await bed.command(session, { type: 'session.start' });
  await bed.phones.scan(ME, await bed.qr(session));
  await bed.status(session, 'open');
  conversation = new Conversation(bed, { session, me: ME, friend: FRIEND });
}, 30_000);
afterAll(() => bed.close());

describe('an outage of twenty seconds under load', () => {
  it.each(['sqs', 'dynamodb'])(
    'of %s loses and doubles nothing, in the same process',
    async (service) => {
      await conversation.during(async () => {
        await pause(1000);
        bed.accessLog.outage = ({ accessKeyId, action }) =>
          accessKeyId === 'AKIACONNECTOR' && action.startsWith(`${service}:`);
        await pause(OUTAGE_MS);
        bed.accessLog.outage = () => false;
        await pause(1000);
      });
      const refused = bed.accessLog.accesses.filter((access) => access.refused);
      expect(refused.some(({ action }) => action.startsWith(`${service}:`))).toBe(true);
      await conversation.expectWhole();
      expect(connector.running).toBe(true);
    },
    120_000,
  );
});
