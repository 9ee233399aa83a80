import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allowedMs } from '../support/allowed-ms.ts';
import { type Bed, type Identity, startBed } from './connector-bed.ts';
import type { ConnectorProcess } from './connector-process.ts';

/** All of the 500 in the long form. */
const SESSIONS = process.env['POMBO_CHAOS'] === 'full' ? 500 : 60;
const PAIRED_AT_ONCE = 4;
/** 500 took 13 s raw, without DynamoDB (whatsapp.md 3.1). */
const BACK_WITHIN_MS = allowedMs(30_000 + SESSIONS * 150);

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let bed: Bed;
let connector: ConnectorProcess;
const sessions: { readonly identity: Identity; readonly device: string }[] = [];

async function pair(index: number): Promise<void> {
  const number = `55119887${String(index).padStart(5, '0')}`;
  await bed.phones.createPerson({ number });
  const identity = await bed.createSession();
  await bed.command(identity, { type: 'session.start' });
  const { jid: device } = await bed.phones.scan(number, await bed.qr(identity));
  await bed.status(identity, 'open');
  sessions.push({ identity, device });
}

const openings = (): number => connector.log.split('"status":"open","message":"session status"').length - 1;

beforeAll(
  async () => {
    bed = await startBed();
    connector = await bed.startConnector();
    for (let index = 0; index < SESSIONS; index += PAIRED_AT_ONCE) {
      await Promise.all(Array.from({ length: PAIRED_AT_ONCE }, (_, offset) => pair(index + offset)));
    }
  },
  60_000 + SESSIONS * 1000,
);
afterAll(() => bed.close());

describe(`${SESSIONS} sessions of one process`, () => {
  it(
    'are all back soon after all of their connections were cut at once',
    async () => {
      // The row says so before the log does.
      while (openings() < SESSIONS) await pause(50);
      const before = openings();
      const cutMs = Date.now();
      await Promise.all(sessions.map(({ device }) => bed.phones.disconnect(device, 'tcp')));
      while (openings() < before + SESSIONS && Date.now() - cutMs < BACK_WITHIN_MS) await pause(50);
      const tookMs = Date.now() - cutMs;
      console.log({ sessions: SESSIONS, reconnectedMs: tookMs });
      expect(openings()).toBe(before + SESSIONS);
      expect(tookMs).toBeLessThan(BACK_WITHIN_MS);
    },
    BACK_WITHIN_MS + 30_000,
  );

  it(
    'are all back soon after their process was killed',
    async () => {
      await connector.kill('SIGKILL');
      const killedMs = Date.now();
      connector = await bed.startConnector();
      while (openings() < SESSIONS && Date.now() - killedMs < BACK_WITHIN_MS) await pause(50);
      const tookMs = Date.now() - killedMs;
      console.log({ sessions: SESSIONS, restartedMs: tookMs });
      expect(openings()).toBe(SESSIONS);
      for (const { identity } of sessions) expect(await bed.row(identity)).not.toHaveProperty('startMark');
    },
    BACK_WITHIN_MS + 30_000,
  );
});
