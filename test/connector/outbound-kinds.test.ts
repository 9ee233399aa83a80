import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MessageEvent } from '#core/contracts/event.ts';
import { type OutboundBed, saying, startOutbound, statusOf, text } from './outbound-bed.ts';

const ME = '5511988880101';
const FRIEND = '5511988880102';
const OTHER = '5511988880103';
const to = { type: 'individual', phone: FRIEND } as const;

let outbound: OutboundBed;
let bed: OutboundBed['bed'];
let session: OutboundBed['session'];
let group: string;

beforeAll(async () => {
  outbound = await startOutbound(ME, FRIEND);
  ({ bed, session } = outbound);
  await bed.phones.createPerson({ number: OTHER, name: 'Caio' });
  ({ jid: group } = await bed.phones.createGroup(ME, 'Turma', [FRIEND, OTHER]));
});
afterAll(() => bed.close());

const send: OutboundBed['send'] = (...message) => outbound.send(...message);
const failure: OutboundBed['failure'] = (...message) => outbound.failure(...message);
const shownOn: OutboundBed['shownOn'] = (...message) => outbound.shownOn(...message);

describe('what the session sends, as the phone shows it', () => {
  it('a location', async () => {
    const location = { latitude: -23.55, longitude: -46.63, name: 'Sé', address: 'Praça da Sé' };
    const { shown } = await send({ type: 'location', location });
    expect(shown).toMatchObject({ kind: 'location', details: { location } });
  });

  it('contacts, one and several, as vCards', async () => {
    const ana = {
      name: { formatted_name: 'Ana Sá', first_name: 'Ana', last_name: 'Sá; filha' },
      phones: [{ phone: '+55 11 98765-4321', type: 'CELL', wa_id: '5511987654321' }],
      org: { company: 'Pombo, Ltda' },
    };
    const one = await send({ type: 'contacts', contacts: [ana] });
    expect(one.shown).toMatchObject({ kind: 'contacts', text: 'Ana Sá' });
    expect(one.shown.details?.vcards).toEqual([
      [
        'BEGIN:VCARD',
        'VERSION:3.0',
        'N:Sá\\; filha;Ana;;;',
        'FN:Ana Sá',
        'ORG:Pombo\\, Ltda;',
        'TEL;type=CELL;waid=5511987654321:+55 11 98765-4321',
        'END:VCARD',
      ].join('\n'),
    ]);
    const two = await send({ type: 'contacts', contacts: [ana, { name: { formatted_name: 'Bia' } }] });
    expect(two.shown).toMatchObject({ kind: 'contacts', text: 'Ana Sá, Bia' });
  });

  it.each([1, 0])('a poll, whose votes can be read (selectable: %i)', async (selectableCount) => {
    const poll = { name: 'Qual dia?', options: ['Segunda', 'Terça'], selectableCount };
    const { shown, stanzaId, wamid } = await send({ type: 'poll', poll });
    expect(shown).toMatchObject({ kind: 'poll', text: 'Qual dia?', details: { poll: { options: poll.options } } });
    await bed.phones.send(FRIEND, { to: ME, vote: { options: ['Terça'], targetId: stanzaId } });
    const vote = await bed.event(
      (event): event is MessageEvent => event.type === 'message' && event.context?.id === wamid,
    );
    expect(vote.content).toMatchObject({ poll_update: { message_id: wamid, selected_options: ['Terça'] } });
  });

  it('a reply with its quote, of a received and of an own message, and a forwarded text', async () => {
    await bed.phones.write(FRIEND, ME, 'Vens?');
    const { wamid } = await bed.event(saying('Vens?'));
    const reply = await send(text('Vou'), { context: { wamid }, forwarded: true });
    expect(reply.shown.details).toMatchObject({ quoted: { text: 'Vens?' }, isForwarded: true });
    const again = await send(text('Já fui'), { context: { wamid: reply.wamid } });
    expect(again.shown).toMatchObject({ targetId: reply.stanzaId, details: { quoted: { text: 'Vou' } } });
    expect(again.shown.details?.quoted?.author).toContain(ME);
  });

  it('a reaction and its removal', async () => {
    const { id } = await bed.phones.write(FRIEND, ME, 'Gostas?');
    const { wamid } = await bed.event(saying('Gostas?'));
    const liked = await send({ type: 'reaction', reaction: { wamid, emoji: '👍' } });
    expect(liked.shown).toMatchObject({ kind: 'reaction', text: '👍', targetId: id });
    const taken = await send({ type: 'reaction', reaction: { wamid, emoji: '' } });
    expect(taken.shown).toMatchObject({ kind: 'reaction', text: '', targetId: id });
  });

  it('an edit and a revocation of its own message', async () => {
    const { wamid, stanzaId } = await send(text('Olha'));
    await send({ type: 'edit', edit: { wamid, body: 'Olá' } });
    const find = async () => (await bed.phones.messages(FRIEND)).find(({ id }) => id === stanzaId);
    expect(await find()).toMatchObject({ text: 'Olá', isEdited: true });
    await send({ type: 'revoke', revoke: { wamid } });
    expect(await find()).toMatchObject({ isRevoked: true });
  });

  it('buttons and a list as a text with numbers', async () => {
    const buttons = {
      type: 'buttons',
      header: { type: 'text', text: 'Pedido' },
      body: 'Confirma?',
      footer: 'Loja',
      buttons: [
        { type: 'reply', id: 'y', title: 'Sim' },
        { type: 'reply', id: 'n', title: 'Não' },
        { type: 'url', title: 'Ver', url: 'https://example.com/1' },
      ],
    } as const;
    const asText = await send({ type: 'interactive', interactive: { ...buttons, buttons: [...buttons.buttons] } });
    expect(asText.shown).toMatchObject({
      kind: 'text',
      text: '*Pedido*\n\nConfirma?\n\n*1.* Sim\n*2.* Não\n\nVer: https://example.com/1\n\n_Loja_',
    });
    const rows = [{ id: 'a', title: 'Azul', description: 'como o céu' }];
    const list = {
      type: 'list',
      body: 'Cor?',
      button: 'Ver',
      sections: [
        { title: 'Frias', rows },
        { title: 'Quentes', rows: [{ id: 'v', title: 'Vermelho' }] },
      ],
    } as const;
    const sections = list.sections.map((section) => ({ ...section, rows: [...section.rows] }));
    const listed = await send({ type: 'interactive', interactive: { ...list, sections } });
    expect(listed.shown.text).toBe('Cor?\n\n*Frias*\n*1.* Azul\n    como o céu\n\n*Quentes*\n*2.* Vermelho');
  });

  it('buttons, a list and the request for a location natively', async () => {
    const buttons = await send({
      type: 'interactive',
      native: true,
      interactive: {
        type: 'buttons',
        header: { type: 'text', text: 'Pedido' },
        body: 'Confirma?',
        buttons: [
          { type: 'reply', id: 'y', title: 'Sim' },
          { type: 'call', title: 'Ligar', phone: '+5511987654321' },
        ],
      },
    });
    expect(buttons.shown).toMatchObject({
      kind: 'interactive',
      text: 'Pedido\nConfirma?',
      details: {
        buttons: [
          { flow: 'quick_reply', label: 'Sim', id: 'y' },
          { flow: 'cta_call', label: 'Ligar' },
        ],
      },
    });
    const sections = [{ rows: [{ id: 'r', title: 'Azul' }] }];
    const list = await send({
      type: 'interactive',
      native: true,
      interactive: { type: 'list', body: 'Cor?', button: 'Ver', sections },
    });
    expect(list.shown.details?.buttons).toEqual([{ flow: 'single_select', id: 'r', label: 'Azul' }]);
    const place = await send({
      type: 'interactive',
      native: true,
      interactive: { type: 'location_request', body: 'Onde?' },
    });
    expect(place.shown.details?.buttons).toEqual([{ flow: 'send_location', label: '' }]);
  });

  it('a mention in a group, under the name by which the group knows the person, and a reaction to a member', async () => {
    const where = { type: 'group', groupId: group.split('@')[0] ?? '' } as const;
    const content = { type: 'text', text: { body: `Oi @${OTHER}`, previewUrl: false, mentions: [OTHER] } } as const;
    const { stanzaId } = await bed.sendMessage(session, where, {
      ...content,
      text: { ...content.text, mentions: [OTHER] },
    });
    const shown = await shownOn(OTHER, stanzaId);
    const [mentioned = ''] = shown.details?.mentions ?? [];
    expect(mentioned).toMatch(/^\d+@lid$/);
    expect(shown.text).toBe(`Oi @${mentioned.split('@')[0]}`);
    await bed.phones.write(OTHER, group, 'Oi gente');
    const { wamid } = await bed.event(saying('Oi gente'));
    const liked = await bed.sendMessage(session, where, { type: 'reaction', reaction: { wamid, emoji: '🕊' } });
    expect(await shownOn(FRIEND, liked.stanzaId)).toMatchObject({ kind: 'reaction', text: '🕊' });
  });
});

describe('a person whose number nobody knows', () => {
  it('is written to by the user id that the webhook told, and statuses name them so', async () => {
    const [hidden = ''] = await bed.phones.magic('lid');
    await bed.phones.write(hidden, ME, 'Sem número');
    const { fromUserId: userId = '' } = await bed.event(saying('Sem número'));
    const { stanzaId, wamid } = await bed.sendMessage(session, { type: 'user', userId }, text('Olá, tu'));
    expect(await shownOn(hidden, stanzaId)).toMatchObject({ text: 'Olá, tu' });
    expect(await bed.event(statusOf(wamid, 'sent'))).toMatchObject({
      recipientUserId: userId,
      recipientType: 'individual',
    });
    const nobody = await bed.sendMessage(session, { type: 'user', userId: '99999999999999' }, text('x'));
    expect(await bed.event(statusOf(nobody.wamid, 'failed'))).toMatchObject({ errors: [{ code: 131026 }] });
  });
});

describe('what the session does not send', () => {
  it('is what no row could hold, and the chat goes on', async () => {
    const url = 'https://a.example/'.padEnd(1000, 'x');
    const card = (index: number) => ({ name: { formatted_name: `A${index}`, first_name: 'A' }, urls: [{ url }] });
    const contacts = { type: 'contacts', contacts: Array.from({ length: 200 }, (_, index) => card(index)) } as const;
    const { wamid } = await send(contacts);
    const twice = await bed.sendMessage(session, to, contacts, { context: { wamid } });
    const after = await bed.sendMessage(session, to, text('depois da grande'));
    expect(await bed.event(statusOf(twice.wamid, 'failed'))).toMatchObject({ errors: [{ code: 131009 }] });
    expect(await shownOn(FRIEND, after.stanzaId)).toMatchObject({ text: 'depois da grande' });
  });

  it('says why: unknown message, another chat, no text to change', async () => {
    const nobody = (await bed.sendMessage(session, to, text('x'))).wamid.replace(/.{8}$/, 'AAAAAAAA');
    const unknown = await failure({ type: 'revoke', revoke: { wamid: nobody as never } });
    expect(unknown).toMatchObject({ code: 131009, error_data: { details: expect.stringContaining('not known') } });
    const { wamid } = await send({ type: 'location', location: { latitude: 1, longitude: 2 } });
    const edit = await failure({ type: 'edit', edit: { wamid, body: 'x' } });
    expect(edit).toMatchObject({
      code: 131009,
      error_data: { details: expect.stringContaining('texts and captions') },
    });
    const where = { type: 'group', groupId: group.split('@')[0] ?? '' } as const;
    const elsewhere = await failure({ type: 'reaction', reaction: { wamid, emoji: '👍' } }, where);
    expect(elsewhere).toMatchObject({ code: 131009, error_data: { details: expect.stringContaining('another chat') } });
  });
});
