import { describe, expect, it } from 'vitest';
import { GraphError } from '#core/domain/graph-error.ts';
import { parseMessage } from '../../../../functions/graph/messages/parse-message.ts';

const base = { messaging_product: 'whatsapp', to: '5511987654321' };
const wamid = 'wamid.AQH1fvFkIvbvMiGbhbozRUIwQzU3M0U4OENDMkYyRTNFNDM3';
const button = (id: string, title: string) => ({ type: 'reply', reply: { id, title } });
const interactive = (object: object) => ({ ...base, type: 'interactive', interactive: object });
const row = (id: string) => ({ id, title: 'A' });
const listOf = (...sections: object[]) =>
  interactive({ type: 'list', body: { text: 'x' }, action: { button: 'Ver', sections } });

/** The draft's content, or what it would be with a file. */
function contentOf(body: object) {
  const { message } = parseMessage(body);
  if ('template' in message) return message;
  return message.media
    ? { wish: message.media, content: message.contentWith({ mediaId: 'M' as never }) }
    : message.content;
}

function refusalOf(body: unknown): GraphError {
  try {
    parseMessage(body);
  } catch (error) {
    if (error instanceof GraphError) return error;
    throw error;
  }
  throw new Error('It was accepted.');
}

describe('bodies of messages', () => {
  it.each([
    [
      'a location with numbers',
      { type: 'location', location: { latitude: -23.5, longitude: -46.6 } },
      { latitude: -23.5 },
    ],
    [
      'a location with texts',
      { type: 'location', location: { latitude: '-23.5', longitude: '-46.6' } },
      { longitude: -46.6 },
    ],
  ])('%s', (_, body, location) => {
    expect(contentOf({ ...base, ...body })).toMatchObject({ type: 'location', location });
  });

  it('files by id and by link, with what each kind may say', () => {
    for (const kind of ['image', 'video', 'audio', 'document', 'sticker'] as const) {
      expect(contentOf({ ...base, type: kind, [kind]: { id: '1' } })).toMatchObject({
        wish: { kind, reference: { id: '1' }, field: kind },
        content: { type: kind, media: { mediaId: 'M' } },
      });
    }
    const link = { link: 'https://a.b/c.pdf', caption: 'Nota', filename: 'n.pdf' };
    expect(contentOf({ ...base, type: 'document', document: link })).toMatchObject({
      wish: { reference: { link: link.link } },
      content: { caption: 'Nota', filename: 'n.pdf' },
    });
    expect(contentOf({ ...base, type: 'audio', audio: { id: '1', voice: true, caption: 'x' } })).toMatchObject({
      content: { type: 'audio', voice: true },
    });
  });

  it('257 contacts, nulls and empty fields left out', () => {
    const contact = {
      name: { formatted_name: 'Ana', first_name: 'Ana' },
      phones: [{ phone: '1', type: null }],
      org: null,
    };
    const content = contentOf({ ...base, type: 'contacts', contacts: Array.from({ length: 257 }, () => contact) });
    expect(content).toMatchObject({ type: 'contacts' });
    expect(contentOf({ ...base, type: 'contacts', contacts: [contact] })).toEqual({
      type: 'contacts',
      contacts: [{ name: contact.name, phones: [{ phone: '1' }] }],
    });
  });

  it('buttons, lists with a body of 4096 characters, addresses and requests for a location', () => {
    const buttons = [button('y', 'Sim'), button('n', 'Não')];
    const header = { type: 'document', document: { id: '1', filename: 'n.pdf' } };
    const asked = interactive({ type: 'button', header, body: { text: '?' }, action: { buttons } });
    expect(contentOf(asked)).toMatchObject({
      wish: { kind: 'document', field: 'interactive.header.document' },
      content: {
        interactive: {
          type: 'buttons',
          header: { type: 'document', media: { mediaId: 'M' }, filename: 'n.pdf' },
          buttons: [
            { type: 'reply', id: 'y', title: 'Sim' },
            { type: 'reply', id: 'n', title: 'Não' },
          ],
        },
      },
    });
    const long = { text: 'x'.repeat(4096) };
    const list = interactive({ type: 'list', body: long, action: { button: 'Ver', sections: [{ rows: [row('1')] }] } });
    expect(contentOf(list)).toMatchObject({ interactive: { type: 'list', body: long.text } });
    const parameters = { display_text: 'Abrir', url: 'https://a.b' };
    const cta = interactive({ type: 'cta_url', body: { text: 'x' }, action: { name: 'cta_url', parameters } });
    expect(contentOf(cta)).toMatchObject({
      interactive: { buttons: [{ type: 'url', title: 'Abrir', url: 'https://a.b' }] },
    });
    const place = { type: 'location_request_message', body: { text: 'Onde?' }, action: { name: 'send_location' } };
    expect(contentOf(interactive(place))).toMatchObject({ interactive: { type: 'location_request', body: 'Onde?' } });
  });

  it('reactions, edits, revocations and polls', () => {
    const reaction = (emoji?: string) => ({ ...base, type: 'reaction', reaction: { message_id: wamid, emoji } });
    for (const emoji of ['👍', '👨‍👩‍👧‍👦', '🇧🇷', '1️⃣', '❤️', '']) {
      expect(contentOf(reaction(emoji))).toEqual({ type: 'reaction', reaction: { wamid, emoji } });
    }
    expect(contentOf(reaction())).toMatchObject({ reaction: { emoji: '' } });
    const edit = { original_message_id: wamid, message: { type: 'text', text: { body: 'novo' } } };
    expect(contentOf({ ...base, type: 'edit', edit })).toEqual({ type: 'edit', edit: { wamid, body: 'novo' } });
    const revoke = { original_message_id: wamid };
    expect(contentOf({ ...base, type: 'revoke', revoke })).toEqual({ type: 'revoke', revoke: { wamid } });
    expect(contentOf({ ...base, type: 'poll', poll: { name: '?', options: ['a', 'b'] } })).toMatchObject({
      poll: { selectableCount: 0 },
    });
  });

  it('the message that is answered, forwarded messages and callback data', () => {
    const text = { ...base, text: { body: 'oi' }, biz_opaque_callback_data: 'x' };
    const { modifiers, answers } = parseMessage({ ...text, context: { message_id: wamid, forwarded: true } });
    expect(modifiers).toEqual({ context: { wamid }, forwarded: true, bizOpaqueCallbackData: 'x' });
    expect(answers).toEqual([{ wamid, field: 'context.message_id' }]);
    expect(parseMessage({ ...text, context: null }).modifiers).toEqual({ bizOpaqueCallbackData: 'x' });
    const mentions = { body: 'Oi @5511987654321', mentions: ['+55 11 98765-4321'] };
    expect(contentOf({ ...base, text: mentions })).toMatchObject({ text: { mentions: ['5511987654321'] } });
  });

  it.each([
    ['no place', { type: 'location', location: { longitude: 1 } }, 131008, 'location.latitude: is required'],
    [
      'a place beyond the pole',
      { type: 'location', location: { latitude: 91, longitude: 1 } },
      131009,
      'location.latitude: must be degrees',
    ],
    [
      '258 contacts',
      {
        type: 'contacts',
        contacts: Array.from({ length: 258 }, () => ({ name: { formatted_name: 'A', first_name: 'A' } })),
      },
      131009,
      'contacts: must have at most 257',
    ],
    [
      'a contact without a name',
      { type: 'contacts', contacts: [{ phones: [] }] },
      131008,
      'contacts.0.name: is required',
    ],
    [
      'a name without parts',
      { type: 'contacts', contacts: [{ name: { formatted_name: 'A' } }] },
      131009,
      'contacts.0.name: needs one of first_name',
    ],
    [
      'two emojis',
      { type: 'reaction', reaction: { message_id: wamid, emoji: '👍👍' } },
      131009,
      'reaction.emoji: must be one emoji',
    ],
    ['a letter as emoji', { type: 'reaction', reaction: { message_id: wamid, emoji: 'a' } }, 131009, 'reaction.emoji'],
    [
      'a reaction to nothing',
      { type: 'reaction', reaction: { emoji: '👍' } },
      131008,
      'reaction.message_id: is required',
    ],
    [
      'a message id of another form',
      { type: 'reaction', reaction: { message_id: 'x', emoji: '👍' } },
      131009,
      'reaction.message_id: must be a message id',
    ],
    [
      'a poll of one option',
      { type: 'poll', poll: { name: '?', options: ['a'] } },
      131009,
      'poll.options: must have at least 2',
    ],
    [
      'a poll of equal options',
      { type: 'poll', poll: { name: '?', options: ['a', 'a'] } },
      131009,
      'poll.options: must be different',
    ],
    [
      'more choices than options',
      { type: 'poll', poll: { name: '?', options: ['a', 'b'], selectable_count: 3 } },
      131009,
      'poll.selectable_count',
    ],
    [
      'a long caption',
      { type: 'image', image: { id: '1', caption: 'x'.repeat(1025) } },
      131009,
      'image.caption: must have at most 1024',
    ],
    [
      'a mention that the text does not name',
      { text: { body: 'oi', mentions: ['5511987654321'] } },
      131009,
      'text.mentions.0: text.body must name',
    ],
  ])('refuses %s', (_, body, code, sentence) => {
    const error = refusalOf({ ...base, ...body });
    expect({ code: error.code, details: error.details }).toEqual({ code, details: expect.stringContaining(sentence) });
  });

  const four = ['a', 'b', 'c', 'd'].map((id) => button(id, id));
  it.each([
    [
      'four buttons',
      { type: 'button', body: { text: 'x' }, action: { buttons: four } },
      131009,
      'interactive.action.buttons: must have at most 3',
    ],
    [
      'twice the same id',
      { type: 'button', body: { text: 'x' }, action: { buttons: [button('a', 'A'), button('a', 'B')] } },
      131009,
      'different ids',
    ],
    [
      'a long title',
      { type: 'button', body: { text: 'x' }, action: { buttons: [button('a', 'x'.repeat(21))] } },
      131009,
      'buttons.0.reply.title: must have at most 20',
    ],
    ['no body', { type: 'button', action: { buttons: [button('a', 'A')] } }, 131008, 'interactive.body: is required'],
    [
      'a long body',
      { type: 'button', body: { text: 'x'.repeat(1025) }, action: { buttons: [button('a', 'A')] } },
      131009,
      'interactive.body.text: must have at most 1024',
    ],
    ['no type', { body: { text: 'x' } }, 131008, 'interactive.type: is required'],
    ['an unknown type', { type: 'dance' }, 131009, 'interactive.type: must be one of button, list'],
    ['a flow', { type: 'flow', action: {} }, 131051, 'interactive.type: flow can’t be sent'],
    [
      'an image above a list',
      { type: 'list', header: { type: 'image' }, body: { text: 'x' } },
      131009,
      'interactive.header.type: must be text',
    ],
    [
      'no https address',
      {
        type: 'cta_url',
        body: { text: 'x' },
        action: { name: 'cta_url', parameters: { display_text: 'a', url: 'javascript:1' } },
      },
      131009,
      'url: must be an https',
    ],
  ])('refuses an interactive message with %s', (_, object, code, sentence) => {
    const error = refusalOf(interactive(object));
    expect({ code: error.code, details: error.details }).toEqual({ code, details: expect.stringContaining(sentence) });
  });

  it('refuses lists of more than ten rows, without titles, with rows of one id', () => {
    const many = (from: number) => Array.from({ length: 6 }, (_, index) => row(`${from + index}`));
    const sections = [
      { title: 'A', rows: many(0) },
      { title: 'B', rows: many(6) },
    ];
    expect(refusalOf(listOf(...sections)).details).toContain('at most 10 rows in all');
    expect(refusalOf(listOf({ rows: [row('1')] }, { rows: [row('2')] })).details).toContain('a title where');
    expect(refusalOf(listOf({ rows: [row('1'), row('1')] })).details).toContain('different ids');
  });
});
