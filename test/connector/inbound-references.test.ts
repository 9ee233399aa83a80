import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallEvent, Event } from '#core/contracts/event.ts';
import { renderWebhook } from '#core/domain/meta-webhook.ts';
import { receivedMediaIdOf } from '#core/domain/received-media-id.ts';
import { violationsOf } from '../contract/meta/webhooks.ts';
import type { Bed } from './connector-bed.ts';
import { stanzaIdOf, startTyping } from './typing.ts';

const ME = '5511988880121';
const FRIEND = '5511988880122';
const OTHER = '5511988880123';
const FILE = Buffer.from('the bytes of a file');
const SHA256 = createHash('sha256').update(FILE).digest('base64');

let typing: Awaited<ReturnType<typeof startTyping>>;
let bed: Bed;
const typed: typeof typing.typed = (from, draft) => typing.typed(from, draft);

beforeAll(async () => {
  typing = await startTyping({ [ME]: 'Ana', [FRIEND]: 'Bruno', [OTHER]: 'Clara' });
  ({ bed } = typing);
}, 60_000);
afterAll(() => bed.close());

describe('about another message', () => {
  it('a reaction, and that it was taken back', async () => {
    const { wamid } = await typed(FRIEND, { text: 'Reajo' });
    const react = async (emoji: string) =>
      (await typed(FRIEND, { reaction: { emoji, targetId: stanzaIdOf(wamid) } })).content;
    expect(await react('👍')).toEqual({ type: 'reaction', reaction: { message_id: wamid, emoji: '👍' } });
    expect(await react('')).toEqual({ type: 'reaction', reaction: { message_id: wamid } });
  });

  it('an edit of a text, and of a caption: the file stays', async () => {
    const { wamid } = await typed(FRIEND, { text: 'Ertado' });
    const text = await typed(FRIEND, { edit: { text: 'Errado', targetId: stanzaIdOf(wamid) } });
    expect(text.content).toEqual({
      type: 'edit',
      edit: { original_message_id: wamid, message: { type: 'text', text: { body: 'Errado' } } },
    });
    const picture = await typed(FRIEND, { image: FILE.toString('base64'), caption: 'Antes' });
    const edited = await typed(FRIEND, { edit: { text: 'Depois', targetId: stanzaIdOf(picture.wamid) } });
    expect(edited.content).toMatchObject({
      edit: {
        original_message_id: picture.wamid,
        message: { image: { caption: 'Depois', sha256: SHA256, id: receivedMediaIdOf(picture.wamid) } },
      },
    });
  });

  it('that it was taken back', async () => {
    const { wamid } = await typed(FRIEND, { text: 'Não era' });
    const { content } = await typed(FRIEND, { revoke: { targetId: stanzaIdOf(wamid) } });
    expect(content).toEqual({ type: 'revoke', revoke: { original_message_id: wamid } });
  });

  it.each(['pn', 'lid'] as const)('a vote, decrypted, changed and taken back (%s)', async (addressing) => {
    const poll = { question: 'Quando?', options: ['Hoje', 'Amanhã', 'Nunca'] };
    const { wamid } = await typed(FRIEND, { poll, addressing });
    const vote = async (...options: string[]) =>
      typed(FRIEND, { vote: { options, targetId: stanzaIdOf(wamid) }, addressing });
    expect(await vote('Hoje', 'Nunca')).toMatchObject({
      context: { id: wamid },
      content: {
        type: 'unsupported',
        unsupported: { type: 'poll_update' },
        poll_update: { message_id: wamid, selected_options: ['Hoje', 'Nunca'] },
      },
    });
    const { content } = await vote();
    expect(content).toMatchObject({ poll_update: { message_id: wamid } });
    expect(content).not.toHaveProperty('poll_update.selected_options');
  });
});

describe('a Brazilian number that WhatsApp knows without its ninth digit', () => {
  it('is told with it, as people write it: one person has one wa_id', async () => {
    const [registered, canonical] = ['553187650001', '5531987650001'];
    const event = await typed(registered, { text: 'Uai' });
    expect(event).toMatchObject({ from: canonical });
    expect(renderWebhook(event)).toMatchObject({
      entry: [{ changes: [{ value: { contacts: [{ wa_id: canonical }], messages: [{ from: canonical }] } }] }],
    });
    const reply = await typed(registered, { text: 'Sô', replyTo: stanzaIdOf(event.wamid) });
    expect(reply).toMatchObject({ context: { id: event.wamid, from: canonical } });
  });
});

describe('in a group', () => {
  it('each kind names the group, its author and the author of what it is about', async () => {
    const { jid } = await bed.phones.createGroup(FRIEND, 'Time', [ME, OTHER]);
    const groupId = jid.slice(0, jid.indexOf('@'));
    const { wamid } = await typed(FRIEND, { to: jid, text: 'Oi, gente' });
    await bed.phones.waitForMessage(OTHER, ({ id }) => id === stanzaIdOf(wamid));
    expect(await typed(OTHER, { to: jid, text: 'Oi', replyTo: stanzaIdOf(wamid) })).toMatchObject({
      from: OTHER,
      groupId,
      context: { id: wamid, from: FRIEND },
    });
    const { content } = await typed(OTHER, { to: jid, reaction: { emoji: '🎉', targetId: stanzaIdOf(wamid) } });
    expect(content).toMatchObject({ reaction: { message_id: wamid } });
    const poll = await typed(FRIEND, { to: jid, poll: { question: '?', options: ['a', 'b'] } });
    await bed.phones.waitForMessage(OTHER, ({ id }) => id === stanzaIdOf(poll.wamid));
    const vote = await typed(OTHER, { to: jid, vote: { options: ['b'], targetId: stanzaIdOf(poll.wamid) } });
    expect(vote.content).toMatchObject({ poll_update: { message_id: poll.wamid, selected_options: ['b'] } });
  });
});

describe('a call', () => {
  const isCall =
    (id: string, call: string) =>
    (event: Event): event is CallEvent =>
      event.type === 'call' && event.callId === id && event.call === call;

  it.each([
    ['nobody takes', false, false, 'FAILED'],
    ['is taken on the phone', true, true, 'COMPLETED'],
  ] as const)('that %s is told when it comes and when it ends', async (_, video, taken, outcome) => {
    const { id } = await bed.phones.call(FRIEND, ME, video);
    const connect = await bed.event(isCall(id, 'connect'));
    expect(connect).toMatchObject({ from: FRIEND, video });
    await bed.phones.hangUp(FRIEND, ME, id, taken);
    const terminate = await bed.event(isCall(id, 'terminate'));
    expect(terminate).toMatchObject({ from: FRIEND, outcome });
    for (const event of [connect, terminate]) expect(violationsOf(renderWebhook(event))).toEqual([]);
  });
});

describe('our own number’s phone', () => {
  it('writes an echo: to whom, and never a message', async () => {
    const echo = await typed(ME, { to: FRIEND, text: 'Do celular' });
    expect(echo).toMatchObject({ type: 'echo', to: FRIEND, content: { type: 'text', text: { body: 'Do celular' } } });
    expect(renderWebhook(echo)).toMatchObject({
      entry: [{ changes: [{ field: 'smb_message_echoes', value: { message_echoes: [{ from: ME, to: FRIEND }] } }] }],
    });
    const picture = await typed(ME, { to: FRIEND, image: FILE.toString('base64') });
    expect(picture).toMatchObject({ type: 'echo', content: { type: 'image' } });
  });

  it('answers, reacts and takes back: each names the message', async () => {
    const theirs = await typed(FRIEND, { text: 'Pode?' });
    await bed.phones.waitForMessage(ME, ({ id }) => id === stanzaIdOf(theirs.wamid));
    expect(await typed(ME, { to: FRIEND, text: 'Pode', replyTo: stanzaIdOf(theirs.wamid) })).toMatchObject({
      type: 'echo',
      context: { id: theirs.wamid, from: FRIEND },
    });
    const own = await typed(ME, { to: FRIEND, text: 'Ops' });
    const { content } = await typed(ME, { to: FRIEND, revoke: { targetId: stanzaIdOf(own.wamid) } });
    expect(content).toEqual({ type: 'revoke', revoke: { original_message_id: own.wamid } });
  });

  it('names the group that it writes in', async () => {
    const { jid } = await bed.phones.createGroup(ME, 'Nosso', [FRIEND]);
    const echo = await typed(ME, { to: jid, text: 'Bem-vindo' });
    expect(echo).toMatchObject({ type: 'echo', groupId: jid.slice(0, jid.indexOf('@')) });
    expect(echo).not.toHaveProperty('to');
  });
});
