import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event, MessageEvent, StatusEvent } from '#core/contracts/event.ts';
import { newStanzaId } from '#core/domain/ids.ts';
import { chatHashOf } from '#core/domain/shard.ts';
import { formatWamid } from '#core/domain/wamid.ts';
import { type Bed, type Identity, startBed } from './connector-bed.ts';

const ME = '5511988880081';
const FRIEND = '5511988880082';
const OTHER = '5511988880083';

let bed: Bed;
let session: Identity;

const isText =
  (body: string) =>
  (event: Event): event is MessageEvent =>
    event.type === 'message' && event.content.type === 'text' && event.content.text.body === body;
const isStatus =
  (text: string, status: string, participant?: string) =>
  (event: Event): event is StatusEvent =>
    event.type === 'status' &&
    event.status === status &&
    event.bizOpaqueCallbackData === text &&
    (participant === undefined || event.participant === participant);

async function sendToGroup(groupId: string, body: string): Promise<string> {
  const stanzaId = newStanzaId(randomBytes);
  const wamid = formatWamid({ sessionUid: session.sessionUid, direction: 'out', stanzaId });
  await bed.command(
    session,
    {
      type: 'message.send',
      stanzaId,
      wamid,
      to: { type: 'group', groupId },
      content: { type: 'text', text: { body, previewUrl: false } },
      bizOpaqueCallbackData: body,
    },
    chatHashOf(groupId),
  );
  return stanzaId;
}

beforeAll(async () => {
  bed = await startBed();
  for (const [number, name] of [
    [ME, 'Ana'],
    [FRIEND, 'Bruno'],
    [OTHER, 'Clara'],
  ] as const) {
    await bed.phones.createPerson({ number, name });
  }
  await bed.startConnector();
  session = await bed.createSession();
  await bed.command(session, { type: 'session.start' });
  await bed.phones.scan(ME, await bed.qr(session));
  await bed.status(session, 'open');
}, 30_000);
afterAll(() => bed.close());

describe.each(['lid', 'pn'] as const)('a group whose members are named by %s', (addressing) => {
  let jid: string;
  let groupId: string;

  beforeAll(async () => {
    ({ jid } = await bed.phones.createGroup(FRIEND, `Time ${addressing}`, [ME, OTHER], addressing));
    groupId = jid.slice(0, jid.indexOf('@'));
  });

  it('brings a text of each member once, with the group and who wrote it', async () => {
    for (const [author, profileName] of [
      [FRIEND, 'Bruno'],
      [OTHER, 'Clara'],
      [FRIEND, 'Bruno'],
    ]) {
      const body = `${addressing} ${author} ${randomBytes(2).toString('hex')}`;
      await bed.phones.write(author ?? '', jid, body);
      expect(await bed.event(isText(body))).toMatchObject({
        groupId,
        from: author,
        profileName,
        displayPhoneNumber: ME,
      });
      await bed.collect();
      expect(bed.queued.filter(isText(body))).toHaveLength(1);
    }
  });

  it('shows a text of ours to all members, and tells who has it', async () => {
    for (const body of [`${addressing} primeira`, `${addressing} segunda`]) {
      const stanzaId = await sendToGroup(groupId, body);
      for (const member of [FRIEND, OTHER]) {
        const shown = await bed.phones.waitForMessage(member, ({ id }) => id === stanzaId);
        expect(shown).toMatchObject({ text: body, chat: jid, arrivals: 1 });
      }
      expect(await bed.event(isStatus(body, 'sent'))).toMatchObject({ recipientId: groupId, recipientType: 'group' });
      await bed.phones.read(OTHER, stanzaId);
      const read = await bed.event(isStatus(body, 'read', OTHER));
      expect(read).toMatchObject({ recipientId: groupId, recipientType: 'group' });
    }
  });

  it('keeps its order when both sides write at a time', async () => {
    const bodies = Array.from({ length: 5 }, (_, n) => `${addressing} junto ${n}`);
    const ids = await Promise.all(
      bodies.map(async (body) => {
        await bed.phones.write(FRIEND, jid, `${body} de lá`);
        return sendToGroup(groupId, body);
      }),
    );
    for (const id of ids) await bed.phones.waitForMessage(OTHER, (message) => message.id === id);
    for (const body of bodies) await bed.event(isText(`${body} de lá`));
  });
});
