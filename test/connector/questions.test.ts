import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event, MessageEvent } from '#core/contracts/event.ts';
import type { Question } from '#core/contracts/questions.ts';
import { type Bed, type Identity, startBed } from './connector-bed.ts';

const ME = '5511988880131';
const SHOP = '5511988880132';
const FRIEND = '5511988880133';
/** Minas Gerais: WhatsApp knows these without the ninth digit that people dial. */
const DIALLED = '5531988880134';
const REGISTERED = '553188880134';
/** Magic: not on WhatsApp. */
const NOBODY = '5511900000001';

let bed: Bed;
let mine: Identity;
let shop: Identity;

async function pair(number: string): Promise<Identity> {
  const session = await bed.createSession();
  await bed.command(session, { type: 'session.start' });
  await bed.phones.scan(number, await bed.qr(session));
  await bed.status(session, 'open');
  return session;
}

const ask = async (session: Identity, question: Partial<Question> & Pick<Question, 'type'>) =>
  bed.answer(await bed.ask(session, question));
const isText =
  (body: string) =>
  (event: Event): event is MessageEvent =>
    event.type === 'message' && event.content.type === 'text' && event.content.text.body === body;

beforeAll(async () => {
  bed = await startBed();
  await bed.phones.createPerson({ number: ME, name: 'Ana' });
  await bed.phones.createPerson({ number: SHOP, name: 'Loja', business: true });
  await bed.phones.createPerson({ number: FRIEND });
  await bed.startConnector();
  mine = await pair(ME);
  shop = await pair(SHOP);
}, 60_000);
afterAll(() => bed.close());

describe('a question to WhatsApp', () => {
  it('tells who is on WhatsApp, under the number that is registered', async () => {
    expect(await ask(mine, { type: 'question.contacts', phones: [FRIEND, NOBODY, DIALLED, REGISTERED] })).toEqual({
      type: 'contacts',
      contacts: [
        { phone: FRIEND, waId: FRIEND },
        { phone: NOBODY },
        { phone: DIALLED, waId: REGISTERED },
        { phone: REGISTERED, waId: REGISTERED },
      ],
    });
  });

  it('blocks a person, whose messages then arrive no more, and lets them write again', async () => {
    expect(await ask(mine, { type: 'question.block_list' })).toEqual({ type: 'block_list', phones: [], lids: [] });
    const phones = [FRIEND, NOBODY, DIALLED];
    expect(await ask(mine, { type: 'question.block', action: 'block', phones })).toEqual({
      type: 'block',
      done: [
        { phone: FRIEND, waId: FRIEND },
        { phone: DIALLED, waId: REGISTERED },
      ],
      failed: [{ phone: NOBODY, code: 131026, details: expect.stringContaining('not on WhatsApp') }],
    });
    expect(await ask(mine, { type: 'question.block_list' })).toEqual({
      type: 'block_list',
      phones: [FRIEND, REGISTERED].toSorted(),
      lids: [],
    });
    await bed.phones.write(FRIEND, ME, 'ninguém lê');
    expect(await ask(mine, { type: 'question.block', action: 'unblock', phones: [FRIEND] })).toMatchObject({
      done: [{ phone: FRIEND }],
      failed: [],
    });
    await bed.phones.write(FRIEND, ME, 'oi de novo');
    await bed.event(isText('oi de novo'));
    expect(bed.queued.some(isText('ninguém lê'))).toBe(false);
    expect(await ask(mine, { type: 'question.block_list' })).toMatchObject({ phones: [REGISTERED] });
  });

  it('lists the groups that the number is in', async () => {
    expect(await ask(mine, { type: 'question.groups' })).toEqual({ type: 'groups', groups: [] });
    const { jid } = await bed.phones.createGroup(FRIEND, 'Time', [ME], 'lid');
    await bed.phones.createGroup(FRIEND, 'Outro', [SHOP], 'lid');
    expect(await ask(mine, { type: 'question.groups' })).toEqual({
      type: 'groups',
      groups: [{ groupId: jid.slice(0, jid.indexOf('@')), subject: 'Time', createdAtMs: expect.any(Number) }],
    });
  });

  it('makes a group, names it, lets people in and out, renews its link and leaves it', async () => {
    const made = await ask(mine, { type: 'question.create_group', subject: 'Obra', description: 'Rua A' });
    expect(made).toEqual({
      type: 'group_created',
      groupId: expect.stringMatching(/^120363\d{12}$/),
      inviteLink: expect.stringMatching(/^https:\/\/chat\.whatsapp\.com\/[\w-]{22}$/),
    });
    const { groupId, inviteLink } = made as Extract<typeof made, { readonly type: 'group_created' }>;
    const phones = [FRIEND, NOBODY, DIALLED];
    expect(await ask(mine, { type: 'question.group_members', groupId, action: 'add', phones })).toEqual({
      type: 'group_members',
      done: [
        { phone: FRIEND, waId: FRIEND },
        { phone: DIALLED, waId: REGISTERED },
      ],
      failed: [{ phone: NOBODY, code: 131026, details: expect.stringContaining('not on WhatsApp') }],
    });
    expect(await ask(mine, { type: 'question.group_members', groupId, action: 'add', phones: [FRIEND] })).toMatchObject(
      {
        done: [],
        failed: [{ phone: FRIEND, details: expect.stringContaining('already') }],
      },
    );
    await bed.phones.write(FRIEND, `${groupId}@g.us`, 'Cheguei');
    expect(await bed.event(isText('Cheguei'))).toMatchObject({ groupId, from: FRIEND });
    await ask(mine, { type: 'question.change_group', groupId, subject: 'Obra 2', description: 'Rua B' });
    await ask(mine, { type: 'question.group_members', groupId, action: 'remove', phones: [DIALLED] });
    expect(await ask(mine, { type: 'question.group', groupId })).toMatchObject({
      group: {
        groupId,
        subject: 'Obra 2',
        description: 'Rua B',
        approval: false,
        members: expect.toSatisfy(
          (members: { phone: string }[]) =>
            members
              .map(({ phone }) => phone)
              .toSorted()
              .join() === `${ME},${FRIEND}`,
        ),
      },
    });
    expect(await ask(mine, { type: 'question.group_link', groupId, renew: false })).toMatchObject({ inviteLink });
    expect(await ask(mine, { type: 'question.group_link', groupId, renew: true })).not.toMatchObject({ inviteLink });
    expect(await ask(mine, { type: 'question.leave_group', groupId })).toEqual({ type: 'changed' });
    expect(await ask(mine, { type: 'question.group', groupId })).toMatchObject({ type: 'error', code: 100 });
  });

  it('changes no group that somebody else looks after', async () => {
    const { jid } = await bed.phones.createGroup(FRIEND, 'Alheio', [ME], 'lid');
    const groupId = jid.slice(0, jid.indexOf('@'));
    for (const question of [
      { type: 'question.group_members', groupId, action: 'add', phones: [SHOP] },
      { type: 'question.group_link', groupId, renew: false },
    ] as const) {
      expect(await ask(mine, question as never)).toMatchObject({
        type: 'error',
        code: 131005,
        details: expect.stringContaining('no admin'),
      });
    }
    expect(await ask(mine, { type: 'question.group', groupId: '120363000000000000' })).toMatchObject({ code: 100 });
  });

  it('reads and changes what others see; only a number of WhatsApp Business has more than a text', async () => {
    expect(await ask(mine, { type: 'question.profile' })).toEqual({ type: 'profile', profile: {} });
    expect(await ask(mine, { type: 'question.change_profile', about: 'Volto às 9h 🐦' })).toEqual({ type: 'changed' });
    expect(await ask(mine, { type: 'question.profile' })).toEqual({
      type: 'profile',
      profile: { about: 'Volto às 9h 🐦' },
    });
    expect(await ask(mine, { type: 'question.change_profile', about: 'x', email: 'ana@example.com' })).toEqual({
      type: 'error',
      code: 100,
      details: 'email: only numbers of WhatsApp Business have one, and this one is none.',
    });
    expect(await ask(mine, { type: 'question.profile' })).toMatchObject({ profile: { about: 'Volto às 9h 🐦' } });

    const change = {
      address: 'Rua A, 1',
      description: 'Pombos',
      email: 'oi@loja.example',
      websites: ['https://loja.example'],
    };
    expect(await ask(shop, { type: 'question.change_profile', ...change })).toEqual({ type: 'changed' });
    expect(await ask(shop, { type: 'question.change_profile', description: 'Pombos e penas' })).toEqual({
      type: 'changed',
    });
    expect(await ask(shop, { type: 'question.profile' })).toEqual({
      type: 'profile',
      profile: { business: { ...change, description: 'Pombos e penas', category: 'Shopping & retail' } },
    });
  });

  it('is refused when the session is stopped', async () => {
    await bed.command(shop, { type: 'session.stop' });
    await bed.status(shop, 'stopped');
    expect(await ask(shop, { type: 'question.profile' })).toEqual({
      type: 'error',
      code: 131016,
      details: 'The session is stopped, not open.',
    });
  });
});
