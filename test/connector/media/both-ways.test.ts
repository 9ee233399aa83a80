import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event, MessageEvent, StatusEvent } from '#core/contracts/event.ts';
import type { OutboundContent } from '#core/contracts/outbound-command.ts';
import { type Bed, type Identity, startBed } from '../connector-bed.ts';
import type { ConnectorProcess } from '../connector-process.ts';
import { digest, makeBedFiles } from './bed-files.ts';

const ME = '5511988880201';
const FRIEND = '5511988880202';
const to = { type: 'individual', phone: FRIEND } as const;

let bed: Bed;
let files: ReturnType<typeof makeBedFiles>;
let session: Identity;
let connector: ConnectorProcess;

beforeAll(async () => {
  bed = await startBed();
  files = makeBedFiles(bed);
  await bed.phones.createPerson({ number: ME, name: 'Ana' });
  await bed.phones.createPerson({ number: FRIEND, name: 'Bruno' });
  connector = await bed.startConnector();
  session = await bed.createSession();
  await bed.command(session, { type: 'session.start' });
  await bed.phones.scan(ME, await bed.qr(session));
  await bed.status(session, 'open');
});
afterAll(async () => {
  files.close();
  await bed.close();
});

type FileKind = 'image' | 'video' | 'audio' | 'document' | 'sticker';
const TYPES: Readonly<Record<FileKind, string>> = {
  image: 'image/jpeg',
  video: 'video/mp4',
  audio: 'audio/ogg; codecs=opus',
  document: 'application/pdf',
  sticker: 'image/webp',
};
const KINDS = Object.keys(TYPES) as FileKind[];

const statusOf =
  (wamid: string, status: string) =>
  (event: Event): event is StatusEvent =>
    event.type === 'status' && event.wamid === wamid && event.status === status;
const isFile =
  (kind: FileKind, bytes: Uint8Array) =>
  (event: Event): event is MessageEvent =>
    event.type === 'message' && event.content.type === kind && fileIn(event, kind).sha256 === digest(bytes);
/** The file in an event of a message. */
const fileIn = (event: MessageEvent, kind: FileKind) =>
  (event.content as unknown as Record<string, { id: string; sha256: string; mime_type: string }>)[kind]!;
const failureOf = async (wamid: string) => (await bed.event(statusOf(wamid, 'failed'), 90_000)).errors?.[0];

describe('files that are sent', () => {
  it.each(KINDS)('a %s arrives byte for byte', async (kind) => {
    const bytes = randomBytes(40_000);
    const mediaId = await files.upload(session, bytes, TYPES[kind]);
    const content = { type: kind, media: { mediaId } } as OutboundContent;
    const { stanzaId, wamid } = await bed.sendMessage(session, to, content);
    const shown = await bed.phones.waitForMessage(FRIEND, ({ id }) => id === stanzaId);
    expect(shown.kind).toBe(kind);
    expect(digest(await bed.phones.media(FRIEND, stanzaId))).toBe(digest(bytes));
    await bed.event(statusOf(wamid, 'sent'));
  });
  it('wait in their chat for a link that is being fetched, and hold up no other', async () => {
    const row = files.newRow(session, { state: 'arriving', source: 'link', mimeType: '' });
    await files.put(row);
    const late = await bed.sendMessage(session, to, { type: 'image', media: { mediaId: row.mediaId } });
    const after = await bed.sendMessage(session, to, { type: 'text', text: { body: 'depois', previewUrl: false } });
    const own = await bed.sendText(session, ME, 'outra conversa');
    await bed.phones.waitForMessage(ME, ({ id }) => id === own);
    const shown = await bed.phones.messages(FRIEND);
    expect(shown.some(({ id }) => id === after.stanzaId || id === late.stanzaId)).toBe(false);
    const bytes = randomBytes(3000);
    const ready = { ...row, mimeType: 'image/png', sizeBytes: 3000, sha256: digest(bytes) };
    await files.upload(session, bytes, 'image/png', { ...ready, state: 'ready' });
    await bed.phones.waitForMessage(FRIEND, ({ id }) => id === after.stanzaId);
    const order = (await bed.phones.messages(FRIEND)).map(({ id }) => id);
    expect(order.indexOf(late.stanzaId)).toBeGreaterThan(-1);
    expect(order.indexOf(late.stanzaId)).toBeLessThan(order.indexOf(after.stanzaId));
  });
  it('fail with the reason of the fetch, and when they are gone or another number’s', async () => {
    const error = { code: 131052, details: 'The link answered with HTTP status 404.' };
    const failed = files.newRow(session, { state: 'failed', source: 'link', error });
    await files.put(failed);
    const content = (mediaId: string) => ({ type: 'image', media: { mediaId } }) as OutboundContent;
    const first = await bed.sendMessage(session, to, content(failed.mediaId));
    expect(await failureOf(first.wamid)).toMatchObject({ code: 131052, error_data: { details: error.details } });
    const nowhere = await bed.sendMessage(session, to, content('98765432109876543210'));
    expect(await failureOf(nowhere.wamid)).toMatchObject({ code: 131052 });
    const other = { ...session, sessionUid: 'abcdefabcdefabcdefabcdef' } as Identity;
    const foreign = await files.upload(other, randomBytes(10), 'image/jpeg');
    const stolen = await bed.sendMessage(session, to, content(foreign));
    expect(await failureOf(stolen.wamid)).toMatchObject({ code: 131052 });
  });
  it('fail when WhatsApp’s host does not take them', async () => {
    await bed.phones.mediaFaults({ upload: 500 });
    const mediaId = await files.upload(session, randomBytes(10), 'image/jpeg');
    const { wamid } = await bed.sendMessage(session, to, { type: 'image', media: { mediaId } });
    expect(await failureOf(wamid)).toMatchObject({ code: 131053 });
    await bed.phones.mediaFaults({ upload: null });
  });
  it('fail when they were changed in S3', async () => {
    const mediaId = await files.upload(session, randomBytes(10), 'image/jpeg', { sha256: digest(randomBytes(10)) });
    const { wamid } = await bed.sendMessage(session, to, { type: 'image', media: { mediaId } });
    expect(await failureOf(wamid)).toMatchObject({ code: 131053 });
  });
});

describe('files that are received', () => {
  it.each(KINDS)('a %s lies in S3 byte for byte when its event goes out', async (kind) => {
    const bytes = randomBytes(50_000);
    await bed.phones.send(FRIEND, { to: ME, [kind]: bytes.toString('base64') });
    const event = await bed.event(isFile(kind, bytes));
    const { id, sha256 } = fileIn(event, kind);
    const row = await files.rowOf(id);
    expect(row).toMatchObject({ state: 'ready', source: 'received', kind, sizeBytes: 50_000, sha256 });
    expect(sha256).toBe(digest(bytes));
    expect(digest(await files.stored(row!))).toBe(sha256);
  });
  it('are fetched in parts when they are large', async () => {
    const bytes = randomBytes(12_000_000);
    await bed.phones.send(FRIEND, { to: ME, video: bytes.toString('base64') });
    const { id } = fileIn(await bed.event(isFile('video', bytes)), 'video');
    expect(digest(await files.stored((await files.rowOf(id))!))).toBe(digest(bytes));
  });
  it('are asked again from the phone when WhatsApp has forgotten them', async () => {
    await bed.phones.mediaFaults({ download: 500 });
    const bytes = randomBytes(1000);
    await bed.phones.send(FRIEND, { to: ME, document: bytes.toString('base64'), fileName: 'ata.pdf' });
    await connector.says('file not fetched');
    await bed.phones.forgetMedia();
    await bed.phones.mediaFaults({ download: null });
    const { id } = fileIn(await bed.event(isFile('document', bytes), 40_000), 'document');
    const row = await files.until(id, 'ready');
    expect(row.fileName).toBe('ata.pdf');
    expect(digest(await files.stored(row))).toBe(digest(bytes));
  });
  it('are asked again when somebody wants one that would not come', async () => {
    await bed.phones.mediaFaults({ download: 404 });
    const bytes = randomBytes(1000);
    const { id: stanzaId } = await bed.phones.send(FRIEND, { to: ME, document: bytes.toString('base64') });
    const { id } = fileIn(await bed.event(isFile('document', bytes), 40_000), 'document');
    const failed = await files.until(id, 'failed');
    expect(failed.message).toContain(stanzaId);
    await bed.phones.mediaFaults({ download: null });
    await files.put({ ...failed, state: 'arriving' });
    await bed.command(
      session,
      { type: 'media.ask', mediaId: failed.mediaId, message: failed.message } as never,
      'media',
    );
    const row = await files.until(id, 'ready');
    expect(digest(await files.stored(row))).toBe(digest(bytes));
    const gone = files.newRow(session, { state: 'arriving', source: 'received' });
    await files.put(gone);
    await bed.command(session, { type: 'media.ask', mediaId: gone.mediaId, message: 'in#x#y' } as never, 'media');
    expect(await files.until(gone.mediaId, 'failed')).toMatchObject({ error: { code: 131052 } });
  });
  it('are told as lost when the phone has not got them either', async () => {
    await bed.phones.mediaFaults({ download: 404 });
    const bytes = randomBytes(1000);
    await bed.phones.send(FRIEND, { to: ME, audio: bytes.toString('base64') });
    await bed.phones.forgetMedia({ everywhere: true });
    const { id } = fileIn(await bed.event(isFile('audio', bytes), 90_000), 'audio');
    await bed.phones.mediaFaults({ download: null });
    const row = await files.until(id, 'failed');
    expect(row.error).toMatchObject({ code: 131052, details: expect.stringContaining('did not upload it again') });
  });
});
