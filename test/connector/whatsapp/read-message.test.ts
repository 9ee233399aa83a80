import { proto } from '@whiskeysockets/baileys';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InboundContentSchema } from '#core/contracts/event.ts';
import { readMessage } from '../../../connector/whatsapp/map-inbound/read-message.ts';

const encode = (message: proto.IMessage) => proto.Message.encode(proto.Message.fromObject(message)).finish();
const read = (message: proto.IMessage) => readMessage(encode(message));
const { Type } = proto.Message.ProtocolMessage;
const key = { id: 'X', remoteJid: '55@s.whatsapp.net' };

describe('readMessage', () => {
  it.each<[string, proto.IMessage]>([
    ['bare', { conversation: 'olá' }],
    ['extended', { extendedTextMessage: { text: 'olá' } }],
    ['disappearing', { ephemeralMessage: { message: { extendedTextMessage: { text: 'olá' } } } }],
    ['seen once', { viewOnceMessageV2: { message: { conversation: 'olá' } } }],
    ['written on another device', { deviceSentMessage: { message: { conversation: 'olá' } } }],
    ['beside a sender key', { conversation: 'olá', senderKeyDistributionMessage: { groupId: 'g' } }],
  ])('reads a text that is %s', (_, message) => {
    expect(read(message)).toEqual({ type: 'content', content: { type: 'text', text: { body: 'olá' } } });
  });

  it('names the message that a text answers', () => {
    const message = { extendedTextMessage: { text: 'sim', contextInfo: { stanzaId: 'ABC', participant: '1@lid' } } };
    expect(read(message)).toMatchObject({ quoted: { stanzaId: 'ABC' } });
  });

  it.each<[string, proto.IMessage]>([
    ['image', { imageMessage: { url: 'x' } }],
    ['reaction', { reactionMessage: { key, text: '👍' } }],
    ['revoke', { protocolMessage: { type: Type.REVOKE, key } }],
    [
      'edit',
      {
        editedMessage: {
          message: { protocolMessage: { type: Type.MESSAGE_EDIT, key, editedMessage: { conversation: 'x' } } },
        },
      },
    ],
    ['edit', { protocolMessage: { type: Type.MESSAGE_EDIT, key, editedMessage: { conversation: 'x' } } }],
    ['poll_creation', { pollCreationMessageV3: { name: '?' } }],
    ['sticker_pack', { stickerPackMessage: { name: 'x' } }],
  ])('tells a %s as unsupported, with its kind', (kind, message) => {
    expect(read(message)).toMatchObject({
      type: 'content',
      content: { type: 'unsupported', errors: [{ code: 131051 }], unsupported: { type: kind } },
    });
  });

  it.each<[string, proto.IMessage]>([
    ['a sender key alone', { senderKeyDistributionMessage: { groupId: 'g' } }],
    ['a setting', { protocolMessage: { type: Type.EPHEMERAL_SETTING, ephemeralExpiration: 1 } }],
    ['history', { protocolMessage: { type: Type.HISTORY_SYNC_NOTIFICATION } }],
    ['nothing', {}],
  ])('takes %s for housekeeping', (_, message) => {
    expect(read(message)).toMatchObject({ type: 'housekeeping' });
  });

  it('never invents: what it gives always fits the contract, and a text is what was written', () => {
    const member = fc.constantFrom<proto.IMessage>(
      { imageMessage: { caption: 'c' } },
      { audioMessage: {} },
      { contactMessage: { displayName: 'c' } },
      { locationMessage: { degreesLatitude: 1 } },
      { protocolMessage: { type: Type.REVOKE } },
      { messageContextInfo: {} },
    );
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), fc.option(member), (body, extra) => {
        const result = read({ ...extra, conversation: body });
        if (result.type === 'content') expect(() => InboundContentSchema.parse(result.content)).not.toThrow();
        if (result.type === 'content' && result.content.type === 'text') expect(result.content.text.body).toBe(body);
      }),
    );
  });
});
