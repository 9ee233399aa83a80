import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event, InboundContent } from '#core/contracts/event.ts';
import { renderWebhook } from '#core/domain/meta-webhook.ts';
import { receivedMediaIdOf } from '#core/domain/received-media-id.ts';
import type { Wamid } from '#core/domain/wamid.ts';
import type { Draft } from '../../sandbox/control-client.ts';
import type { Bed, Identity } from './connector-bed.ts';
import { stanzaIdOf, startTyping } from './typing.ts';

const ME = '5511988880101';
const FRIEND = '5511988880102';
const FILE = Buffer.from('the bytes of a file');
const SHA256 = createHash('sha256').update(FILE).digest('base64');

let typing: Awaited<ReturnType<typeof startTyping>>;
let bed: Bed;
let session: Identity;
const typed: typeof typing.typed = (from, draft) => typing.typed(from, draft);

beforeAll(async () => {
  typing = await startTyping({ [ME]: 'Ana', [FRIEND]: 'Bruno' });
  ({ bed, session } = typing);
}, 60_000);
afterAll(() => bed.close());

describe('a message that no row can hold', () => {
  it('is told as one that can’t be read, and holds up nobody', async () => {
    await bed.phones.write(FRIEND, ME, 'x'.repeat(450_000));
    await bed.phones.write(FRIEND, ME, 'depois da longa');
    const contents: InboundContent[] = [];
    await bed.event((event): event is Event => {
      if (event.type === 'message') contents.push(event.content);
      return event.type === 'message' && event.content.type === 'text' && event.content.text.body === 'depois da longa';
    });
    expect(contents).toContainEqual(
      expect.objectContaining({ type: 'unsupported', unsupported: { type: 'unreadable' } }),
    );
  });
});

describe('a file that somebody sends', () => {
  const file = FILE.toString('base64');
  it.each<[string, Omit<Draft, 'to'>, string, object]>([
    ['a picture', { image: file, caption: 'Olha' }, 'image', { mime_type: 'image/jpeg', caption: 'Olha' }],
    ['a video', { video: file, caption: 'Olha' }, 'video', { mime_type: 'video/mp4', caption: 'Olha' }],
    ['a round video', { video: file, note: true }, 'video', { mime_type: 'video/mp4' }],
    ['a voice message', { audio: file }, 'audio', { mime_type: 'audio/ogg; codecs=opus', voice: true }],
    [
      'a song',
      { audio: file, voice: false, mimetype: 'audio/mpeg' },
      'audio',
      { mime_type: 'audio/mpeg', voice: false },
    ],
    [
      'a document',
      { document: file, fileName: 'a.pdf', mimetype: 'application/pdf' },
      'document',
      { filename: 'a.pdf' },
    ],
    [
      'a document with a caption',
      { document: file, fileName: 'a.pdf', caption: 'Leia' },
      'document',
      { caption: 'Leia' },
    ],
    ['a sticker', { sticker: file }, 'sticker', { mime_type: 'image/webp', animated: false }],
    ['a sticker that moves', { sticker: file, animated: true }, 'sticker', { animated: true }],
    ['a picture to be seen once', { image: file, viewOnce: true }, 'image', { mime_type: 'image/jpeg' }],
    ['a picture that disappears', { image: file, disappearing: true }, 'image', { mime_type: 'image/jpeg' }],
  ])('%s has an id and a checksum', async (_, draft, type, expected) => {
    const { wamid, content } = await typed(FRIEND, draft);
    expect(content).toMatchObject({ type, [type]: { id: receivedMediaIdOf(wamid), sha256: SHA256, ...expected } });
  });

  it('as an album: each picture is a message, its announcement is none', async () => {
    const album = await bed.phones.send(FRIEND, { to: ME, message: { albumMessage: { expectedImageCount: 2 } } });
    for (const caption of ['um', 'dois']) {
      const { content } = await typed(FRIEND, { image: file, caption, album: album.id });
      expect(content).toMatchObject({ type: 'image', image: { caption } });
    }
    const told = bed.queued.filter((event) => 'wamid' in event && stanzaIdOf(event.wamid) === album.id);
    expect(told).toEqual([]);
  });
});

describe('what somebody writes', () => {
  it.each<[string, Omit<Draft, 'to'>, InboundContent | object]>([
    ['a text', { text: 'Oi' }, { type: 'text', text: { body: 'Oi' } }],
    ['a text that disappears', { text: 'Psiu', disappearing: true }, { type: 'text', text: { body: 'Psiu' } }],
    [
      'a place',
      {
        location: {
          latitude: -23.5,
          longitude: -46.6,
          name: 'Sé',
          address: 'Praça da Sé',
          url: 'https://example.com/',
        },
      },
      {
        type: 'location',
        location: {
          latitude: -23.5,
          longitude: -46.6,
          name: 'Sé',
          address: 'Praça da Sé',
          url: 'https://example.com/',
        },
      },
    ],
    [
      'a bare pin',
      { location: { latitude: 0, longitude: 0.25 } },
      { type: 'location', location: { latitude: 0, longitude: 0.25 } },
    ],
    [
      'a live location',
      { liveLocation: { latitude: -23.5, longitude: -46.6, caption: 'Chegando' } },
      { type: 'location', location: { latitude: -23.5, longitude: -46.6, live: true, caption: 'Chegando' } },
    ],
    [
      'a contact',
      { contacts: [{ name: 'Dora Lima', phone: '+55 11 98765-4321' }] },
      {
        type: 'contacts',
        contacts: [
          {
            name: { formatted_name: 'Dora Lima', first_name: 'Dora Lima' },
            phones: [{ phone: '+55 11 98765-4321', wa_id: '5511987654321' }],
          },
        ],
      },
    ],
    [
      'contacts',
      { contacts: [{ name: 'Dora' }, { name: 'Edu' }] },
      { type: 'contacts', contacts: [{ name: { formatted_name: 'Dora' } }, { name: { formatted_name: 'Edu' } }] },
    ],
    [
      'a poll',
      { poll: { question: 'Pizza?', options: ['Sim', 'Não'], selectable: 1 } },
      {
        type: 'unsupported',
        unsupported: { type: 'poll_creation' },
        poll: { question: 'Pizza?', options: ['Sim', 'Não'], selectable_count: 1 },
      },
    ],
    [
      'an event',
      { message: { eventMessage: { name: 'Festa' } } },
      { type: 'unsupported', errors: [{ code: 131051 }], unsupported: { type: 'event' } },
    ],
    [
      'an invitation to a group',
      { message: { groupInviteMessage: { groupJid: '1@g.us', inviteCode: 'x', groupName: 'Time' } } },
      { type: 'unsupported', unsupported: { type: 'group_invite' } },
    ],
    [
      'a product',
      { message: { productMessage: { businessOwnerJid: '5511@s.whatsapp.net', product: { productId: '1' } } } },
      { type: 'unsupported', unsupported: { type: 'product' } },
    ],
  ])('%s', async (_, draft, expected) => {
    expect(await typed(FRIEND, draft)).toMatchObject({
      type: 'message',
      from: FRIEND,
      profileName: 'Bruno',
      content: expected,
    });
  });

  it('that was passed on says so, once or often', async () => {
    expect(await typed(FRIEND, { text: 'Passado', forwarded: 1 })).toMatchObject({ forwarded: 'once' });
    const event = await typed(FRIEND, { image: FILE.toString('base64'), forwarded: 7 });
    expect(event).toMatchObject({ forwarded: 'often' });
    expect(JSON.stringify(renderWebhook(event))).toContain('"context":{"frequently_forwarded":true}');
  });

  it('after an ad names the ad', async () => {
    const ad = {
      sourceUrl: 'https://fb.me/x',
      sourceId: '120',
      sourceType: 'ad',
      headline: 'Fale conosco',
      body: 'Suculentas',
      media: 'video',
      mediaUrl: 'https://example.com/v.mp4',
      thumbnailUrl: 'https://example.com/t.jpg',
      clickId: 'Aff-1',
      greeting: 'Olá!',
    } as const;
    expect(await typed(FRIEND, { text: 'Quero', ad })).toMatchObject({
      referral: {
        source_url: 'https://fb.me/x',
        source_id: '120',
        source_type: 'ad',
        headline: 'Fale conosco',
        body: 'Suculentas',
        media_type: 'video',
        video_url: 'https://example.com/v.mp4',
        thumbnail_url: 'https://example.com/t.jpg',
        ctwa_clid: 'Aff-1',
        welcome_message: { text: 'Olá!' },
      },
    });
  });

  it('about a product names the product', async () => {
    const product = { id: 'di9', title: 'Vaso' };
    expect(await typed(FRIEND, { text: 'Tem azul?', product })).toMatchObject({
      referredProduct: { catalog_id: ME, product_retailer_id: 'di9' },
    });
  });

  it('with a cart names its total and its products', async () => {
    const items = [
      { id: 'p1', name: 'Vaso', quantity: 2, price: 30.5 },
      { id: 'p2', name: 'Terra', quantity: 1, price: 9.99 },
    ];
    const { content } = await typed(FRIEND, { order: { id: '77', text: 'Para hoje', currency: 'BRL', items } });
    expect(content).toMatchObject({
      type: 'order',
      order: {
        catalog_id: ME,
        text: 'Para hoje',
        order_id: '77',
        item_count: 3,
        total: { amount: 70.99, currency: 'BRL' },
        product_items: [
          { product_retailer_id: 'p1', quantity: 2, item_price: 30.5, currency: 'BRL' },
          { product_retailer_id: 'p2', quantity: 1, item_price: 9.99, currency: 'BRL' },
        ],
      },
    });
  });

  it('with a cart of which WhatsApp does not tell the products is told without them', async () => {
    const orderMessage = { orderId: '78', token: 'AAAA', sellerJid: `${ME}@s.whatsapp.net`, itemCount: 1 };
    const { content } = await typed(FRIEND, { message: { orderMessage } });
    expect(content).toEqual({ type: 'order', order: { catalog_id: ME, text: '', order_id: '78', item_count: 1 } });
  });
});

describe('an answer', () => {
  let question: Wamid;
  let asked: string;

  beforeAll(async () => {
    asked = await bed.sendText(session, FRIEND, 'Qual?');
    await bed.phones.waitForMessage(FRIEND, ({ id }) => id === asked);
    const sent = await bed.event(
      (event): event is Extract<Event, { type: 'status' }> =>
        event.type === 'status' && event.status === 'sent' && stanzaIdOf(event.wamid) === asked,
    );
    question = sent.wamid;
  });

  it.each([
    ['button', { type: 'button_reply', button_reply: { id: 'y', title: 'Sim' } }],
    ['quick_reply', { type: 'button_reply', button_reply: { id: 'y', title: 'Sim' } }],
    ['list', { type: 'list_reply', list_reply: { id: 'y', title: 'Sim', description: 'claro' } }],
    ['flow', { type: 'nfm_reply', nfm_reply: { name: 'flow', body: 'Sim' } }],
  ] as const)('to %s is the reply that Meta has for it', async (as, interactive) => {
    const answer = { as, id: 'y', title: 'Sim', description: 'claro' };
    expect(await typed(FRIEND, { answer, replyTo: asked })).toMatchObject({
      context: { id: question, from: ME },
      content: { type: 'interactive', interactive },
    });
  });

  it('to a template’s button is a button', async () => {
    const answer = { as: 'template', id: 'p', title: 'Parar' } as const;
    expect(await typed(FRIEND, { answer, replyTo: asked })).toMatchObject({
      context: { id: question, from: ME },
      content: { type: 'button', button: { payload: 'p', text: 'Parar' } },
    });
  });

  it('in text, or to what the same person wrote, names the message and its author', async () => {
    expect(await typed(FRIEND, { text: 'Esse', replyTo: asked })).toMatchObject({
      context: { id: question, from: ME },
    });
    const own = await typed(FRIEND, { text: 'Primeiro' });
    const context = { id: own.wamid, from: FRIEND };
    expect(await typed(FRIEND, { text: 'Segundo', replyTo: stanzaIdOf(own.wamid) })).toMatchObject({ context });
  });
});
