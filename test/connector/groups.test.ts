import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event, MessageEvent, StatusEvent } from '#core/contracts/event.ts';
import { type Bed, type Identity, startBed } from './connector-bed.ts';
import { sendToGroup } from './send-to-group.ts';

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

describe('a group that the number is not in', () => {
  it.each(['is unknown', 'is one of others'])('and that %s takes no text, and the status says why', async (what) => {
    const { jid } = await bed.phones.createGroup(FRIEND, 'Outros', [OTHER]);
    const groupId = what === 'is unknown' ? '120363000000000001' : jid.slice(0, jid.indexOf('@'));
    await sendToGroup(bed, session, groupId, what);
    const event = await bed.event(isStatus(what, 'failed'));
    expect(event.errors).toMatchObject([
      { code: 131026, error_data: { details: 'The number is in no such group. Nothing was sent.' } },
    ]);
  });
});

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
      const stanzaId = await sendToGroup(bed, session, groupId, body);
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
        return sendToGroup(bed, session, groupId, body);
      }),
    );
    for (const id of ids) await bed.phones.waitForMessage(OTHER, (message) => message.id === id);
    for (const body of bodies) await bed.event(isText(`${body} de lá`));
  });
});
