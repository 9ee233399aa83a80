import { proto } from '@whiskeysockets/baileys';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InboundContentSchema } from '#core/contracts/inbound/content.ts';
import { WamidSchema } from '#core/domain/wamid.ts';
import { readMessage } from '../../../connector/whatsapp/map-inbound/read-message.ts';
import type { KnownMessage, ReceivedMessage } from '../../../connector/whatsapp/whatsapp-port.ts';

const encode = (message: proto.IMessage) => proto.Message.encode(proto.Message.fromObject(message)).finish();
const { Type } = proto.Message.ProtocolMessage;
const key = { id: 'X', remoteJid: '55@s.whatsapp.net', fromMe: true };
const received: ReceivedMessage = {
  wamid: WamidSchema.parse('wamid.M'),
  chat: '2@lid',
  author: '2@lid',
  fromMe: false,
  content: new Uint8Array(),
};
const known: KnownMessage = { wamid: WamidSchema.parse('wamid.X'), from: '5511', authors: ['2@lid'] };
const read = (message: proto.IMessage) => readMessage({ ...received, content: encode(message) }, async () => known);

describe('readMessage', () => {
  it.each<[string, proto.IMessage]>([
    ['bare', { conversation: 'olá' }],
    ['extended', { extendedTextMessage: { text: 'olá' } }],
    ['disappearing', { ephemeralMessage: { message: { extendedTextMessage: { text: 'olá' } } } }],
    ['seen once', { viewOnceMessageV2: { message: { conversation: 'olá' } } }],
    ['written on another device', { deviceSentMessage: { message: { conversation: 'olá' } } }],
    ['beside a sender key', { conversation: 'olá', senderKeyDistributionMessage: { groupId: 'g' } }],
  ])('reads a text that is %s', async (_, message) => {
    expect(await read(message)).toEqual({ type: 'content', content: { type: 'text', text: { body: 'olá' } } });
  });

  it('names the message that a text answers', async () => {
    const message = { extendedTextMessage: { text: 'sim', contextInfo: { stanzaId: 'ABC', participant: '1@lid' } } };
    expect(await read(message)).toMatchObject({ context: { id: 'wamid.X', from: '5511' } });
  });

  it.each<[string, proto.IMessage]>([
    ['image', { imageMessage: { url: 'x' } }],
    ['edit', { editedMessage: { message: { conversation: 'x' } } }],
    [
      'edit',
      {
        protocolMessage: {
          type: Type.MESSAGE_EDIT,
          key: { ...key, fromMe: false },
          editedMessage: { conversation: 'x' },
        },
      },
    ],
    ['revoke', { protocolMessage: { type: Type.REVOKE, key: { ...key, fromMe: false } } }],
    ['poll_creation', { pollCreationMessageV3: { name: '?' } }],
    ['sticker_pack', { stickerPackMessage: { name: 'x' } }],
  ])('tells a %s as unsupported, with its kind', async (kind, message) => {
    expect(await read(message)).toMatchObject({
      type: 'content',
      content: { type: 'unsupported', errors: [{ code: 131051 }], unsupported: { type: kind } },
    });
  });

  it.each<[string, proto.IMessage]>([
    ['a sender key alone', { senderKeyDistributionMessage: { groupId: 'g' } }],
    ['a setting', { protocolMessage: { type: Type.EPHEMERAL_SETTING, ephemeralExpiration: 1 } }],
    ['history', { protocolMessage: { type: Type.HISTORY_SYNC_NOTIFICATION } }],
    ['nothing', {}],
  ])('takes %s for housekeeping', async (_, message) => {
    expect(await read(message)).toMatchObject({ type: 'housekeeping' });
  });

  it('never invents: what it gives always fits the contract, and a text is what was written', async () => {
    const member = fc.constantFrom<proto.IMessage>(
      { imageMessage: { caption: 'c' } },
      { audioMessage: {} },
      { contactMessage: { displayName: 'c' } },
      { locationMessage: { degreesLatitude: 1 } },
      { protocolMessage: { type: Type.REVOKE } },
      { messageContextInfo: {} },
    );
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, unit: 'grapheme' }), fc.option(member), async (body, extra) => {
        const result = await read({ ...extra, conversation: body });
        if (result.type === 'content') expect(() => InboundContentSchema.parse(result.content)).not.toThrow();
        if (result.type === 'content' && result.content.type === 'text') expect(result.content.text.body).toBe(body);
      }),
    );
  });
});
