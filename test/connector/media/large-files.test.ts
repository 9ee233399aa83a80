import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event, MessageEvent, StatusEvent } from '#core/contracts/event.ts';
import { type Bed, type Identity, startBed } from '../connector-bed.ts';
import type { ConnectorProcess } from '../connector-process.ts';
import { digest, makeBedFiles } from './bed-files.ts';

const ME = '5511988880301';
const FRIEND = '5511988880302';
const MB = 1024 * 1024;
/** Meta's largest document. */
const LARGE = 100 * MB;
/** What it may take beside what the connector takes anyway. */
const MOST_EXTRA = 64 * MB;
/** A transfer over loopback, on a busy machine. */
const PATIENCE_MS = 120_000;

let bed: Bed;
let files: ReturnType<typeof makeBedFiles>;
let session: Identity;
let connector: ConnectorProcess;

beforeAll(async () => {
  bed = await startBed({ sandboxProcess: true });
  files = makeBedFiles(bed);
  await bed.phones.createPerson({ number: ME, name: 'Ana' });
  await bed.phones.createPerson({ number: FRIEND, name: 'Bruno' });
  connector = await bed.startConnector();
  session = await bed.createSession();
  await bed.command(session, { type: 'session.start' });
  await bed.phones.scan(ME, await bed.qr(session));
  await bed.status(session, 'open');
}, 60_000);
afterAll(async () => {
  files.close();
  await bed.close();
});

/** Resident memory of the connector, bytes. */
const residentBytes = (): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${connector.pid}/status`, 'utf8'))?.[1]) * 1024;

/** The most that the connector takes while something happens, beyond what it took before. */
async function extraDuring(work: () => Promise<void>): Promise<number> {
  const before = residentBytes();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, residentBytes());
  }, 20);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return most - before;
}

const isSent =
  (wamid: string) =>
  (event: Event): event is StatusEvent =>
    event.type === 'status' && event.wamid === wamid && event.status === 'sent';
const isDocument =
  (bytes: Uint8Array) =>
  (event: Event): event is MessageEvent =>
    event.type === 'message' && event.content.type === 'document' && event.content.document.sha256 === digest(bytes);

/** So that what is loaded once is not counted. */
async function warmUp(): Promise<void> {
  const small = randomBytes(6 * MB);
  const mediaId = await files.upload(session, small, 'application/pdf');
  const to = { type: 'individual', phone: FRIEND } as const;
  const { wamid } = await bed.sendMessage(session, to, { type: 'document', media: { mediaId } });
  await bed.event(isSent(wamid), PATIENCE_MS);
  await bed.phones.send(FRIEND, { to: ME, document: small.toString('base64') });
  await bed.event(isDocument(small), PATIENCE_MS);
}

describe('a document of 100 MB', () => {
  it(
    'is sent in bounded memory',
    async () => {
      await warmUp();
      const bytes = randomBytes(LARGE);
      const mediaId = await files.upload(session, bytes, 'application/pdf');
      const extra = await extraDuring(async () => {
        const to = { type: 'individual', phone: FRIEND } as const;
        const { wamid, stanzaId } = await bed.sendMessage(session, to, { type: 'document', media: { mediaId } });
        await bed.event(isSent(wamid), PATIENCE_MS);
        expect(digest(await bed.phones.media(FRIEND, stanzaId))).toBe(digest(bytes));
      });
      expect(extra).toBeLessThan(MOST_EXTRA);
    },
    2 * PATIENCE_MS,
  );
  it(
    'is received in bounded memory',
    async () => {
      const bytes = randomBytes(LARGE);
      const extra = await extraDuring(async () => {
        await bed.phones.send(FRIEND, { to: ME, document: bytes.toString('base64') });
        await bed.event(isDocument(bytes), PATIENCE_MS);
      });
      const stored = createHash('sha256');
      const event = await bed.event(isDocument(bytes), PATIENCE_MS);
      const id = event.content.type === 'document' ? event.content.document.id : '';
      const row = await files.until(id, 'ready', PATIENCE_MS);
      stored.update(await files.stored(row));
      expect(stored.digest('base64')).toBe(digest(bytes));
      expect(extra).toBeLessThan(MOST_EXTRA);
    },
    2 * PATIENCE_MS,
  );
  it(
    'whose owner dies in the middle is fetched by the next one',
    async () => {
      const bytes = randomBytes(LARGE);
      const fetches = (): number => connector.log.split('file is fetched').length;
      const before = fetches();
      await bed.phones.send(FRIEND, { to: ME, document: bytes.toString('base64') });
      while (fetches() === before) await new Promise((resolve) => setTimeout(resolve, 5));
      await connector.kill('SIGKILL');
      connector = await bed.startConnector();
      const event = await bed.event(isDocument(bytes), PATIENCE_MS);
      const id = event.content.type === 'document' ? event.content.document.id : '';
      const row = await files.until(id, 'ready', PATIENCE_MS);
      expect(digest(await files.stored(row))).toBe(digest(bytes));
    },
    3 * PATIENCE_MS,
  );
});
