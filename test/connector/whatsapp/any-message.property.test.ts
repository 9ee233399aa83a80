import { proto } from '@whiskeysockets/baileys';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventSchema } from '#core/contracts/event.ts';
import { AccountIdSchema, SessionIdSchema, SessionUidSchema, StanzaIdSchema } from '#core/domain/ids.ts';
import { renderWebhook } from '#core/domain/meta-webhook.ts';
import { formatWamid, WamidSchema } from '#core/domain/wamid.ts';
import { messageEventOf } from '../../../connector/inbound/message-event.ts';
import type { InboundRow } from '../../../connector/messages/message-row.ts';
import { readMessage } from '../../../connector/whatsapp/map-inbound/read-message.ts';
import type { KnownMessage } from '../../../connector/whatsapp/whatsapp-port.ts';
import { violationsOf } from '../../contract/meta/webhooks.ts';

/** Every member that WhatsApp's message can have, those that nobody has a name for too. */
const MEMBERS = Object.keys(Object.getPrototypeOf(new proto.Message()) as object).filter((name) => name !== 'toJSON');
const WRAPPERS = [
  'ephemeralMessage',
  'viewOnceMessage',
  'viewOnceMessageV2',
  'viewOnceMessageV2Extension',
  'documentWithCaptionMessage',
  'editedMessage',
  'associatedChildMessage',
  'groupMentionedMessage',
  'lottieStickerMessage',
  'pollCreationMessageV4',
  'botInvokeMessage',
] as const;

/** 30 of each kind; a hundred a second on an idle machine. */
const RUNS = 700;

const text = fc.string({ maxLength: 20, unit: 'grapheme' });
const bytes = fc.uint8Array({ maxLength: 40 });
const number = fc.oneof(fc.integer(), fc.double({ noNaN: false }));
const id = fc.string({ minLength: 1, maxLength: 20 });
const jid = fc.constantFrom(
  '2@lid',
  '552@s.whatsapp.net',
  '1@lid',
  '551@s.whatsapp.net',
  '1-2@g.us',
  'status@broadcast',
  'x',
  '',
);
/** Any of these members, or none. */
const some = (members: Readonly<Record<string, fc.Arbitrary<unknown>>>) => fc.record(members, { requiredKeys: [] });

const key = some({ id, fromMe: fc.boolean(), remoteJid: jid, participant: jid });
const contextInfo = some({
  stanzaId: id,
  participant: jid,
  remoteJid: jid,
  isForwarded: fc.boolean(),
  forwardingScore: fc.nat(200),
  quotedMessage: some({
    conversation: text,
    productMessage: some({ businessOwnerJid: jid, product: some({ productId: text, retailerId: text }) }),
  }),
  externalAdReply: some({
    title: text,
    body: text,
    sourceType: fc.constantFrom('ad', 'post', 'other', ''),
    sourceId: text,
    sourceUrl: text,
    ctwaClid: text,
    mediaType: fc.constantFrom(0, 1, 2),
    mediaUrl: text,
    thumbnailUrl: text,
    greetingMessageBody: text,
  }),
});
const file = {
  url: text,
  directPath: text,
  mediaKey: bytes,
  fileSha256: bytes,
  fileEncSha256: bytes,
  fileLength: fc.nat(),
  mimetype: text,
  contextInfo,
};
const poll = some({
  name: text,
  options: fc.array(some({ optionName: text })),
  selectableOptionsCount: fc.nat(12),
  contextInfo,
});
const vcard = fc.oneof(
  text,
  fc
    .array(
      fc.constantFrom(
        'FN:Ana',
        'N:Sá;Ana;;;',
        'TEL;waid=55:+55',
        'item1.TEL:1',
        'ORG:;',
        'BDAY:1999',
        'ADR:;;;',
        'URL',
        ':',
      ),
    )
    .map((lines) => lines.join('\n')),
);
const card = some({ displayName: text, vcard, contextInfo });

/** What the kinds that we read are made of, with anything missing. */
const KINDS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  conversation: text,
  extendedTextMessage: some({ text, contextInfo }),
  imageMessage: some({ ...file, caption: text }),
  videoMessage: some({ ...file, caption: text, gifPlayback: fc.boolean() }),
  ptvMessage: some(file),
  audioMessage: some({ ...file, ptt: fc.boolean() }),
  documentMessage: some({ ...file, caption: text, fileName: text, title: text }),
  stickerMessage: some({ ...file, isAnimated: fc.boolean(), isLottie: fc.boolean() }),
  locationMessage: some({
    degreesLatitude: number,
    degreesLongitude: number,
    name: text,
    address: text,
    url: text,
    isLive: fc.boolean(),
    contextInfo,
  }),
  liveLocationMessage: some({ degreesLatitude: number, degreesLongitude: number, caption: text, contextInfo }),
  contactMessage: card,
  contactsArrayMessage: some({ displayName: text, contacts: fc.array(card, { maxLength: 3 }), contextInfo }),
  reactionMessage: some({ key, text }),
  buttonsResponseMessage: some({ selectedButtonId: text, selectedDisplayText: text, contextInfo }),
  listResponseMessage: some({
    title: text,
    description: text,
    singleSelectReply: some({ selectedRowId: text }),
    contextInfo,
  }),
  templateButtonReplyMessage: some({ selectedId: text, selectedDisplayText: text, contextInfo }),
  interactiveResponseMessage: some({
    body: some({ text }),
    nativeFlowResponseMessage: some({
      name: fc.constantFrom('quick_reply', 'single_select', 'menu_options', 'flow', 'payment_info', ''),
      paramsJson: fc.oneof(
        text,
        fc.json(),
        some({ id: text, title: text }).map((value) => JSON.stringify(value)),
      ),
    }),
    contextInfo,
  }),
  orderMessage: some({
    orderId: text,
    sellerJid: jid,
    itemCount: fc.nat(),
    message: text,
    totalAmount1000: fc.nat(),
    totalCurrencyCode: text,
    contextInfo,
  }),
  protocolMessage: some({
    key,
    type: fc.constantFrom(0, 3, 5, 11, 14, 16, 30),
    editedMessage: some({ conversation: text, imageMessage: some({ caption: text }), pollCreationMessage: poll }),
  }),
  pollCreationMessage: poll,
  pollCreationMessageV3: poll,
  pollUpdateMessage: some({ pollCreationMessageKey: key, vote: some({ encPayload: bytes, encIv: bytes }) }),
  albumMessage: some({ expectedImageCount: fc.nat(9) }),
  messageContextInfo: some({ messageSecret: bytes }),
};

const bare: fc.Arbitrary<proto.IMessage> = fc.oneof(
  // One kind, mostly, as people write.
  {
    weight: 8,
    arbitrary: fc.oneof(...Object.entries(KINDS).map(([name, value]) => value.map((each) => ({ [name]: each })))),
  },
  // Several members at once, as no honest client does.
  { weight: 2, arbitrary: some(KINDS) },
  // Any member, known or not, with nothing in it.
  { weight: 3, arbitrary: fc.constantFrom(...MEMBERS).map((name) => ({ [name]: name === 'conversation' ? '' : {} })) },
);
const message = fc
  .tuple(bare, fc.array(fc.constantFrom(...WRAPPERS), { maxLength: 3 }), fc.boolean())
  .map(([inner, wrappers, isOwn]) => {
    const wrapped = wrappers.reduce<proto.IMessage>((within, wrapper) => ({ [wrapper]: { message: within } }), inner);
    return isOwn ? { deviceSentMessage: { destinationJid: '2@lid', message: wrapped } } : wrapped;
  });

const encode = (content: proto.IMessage) => proto.Message.encode(proto.Message.fromObject(content)).finish();
const identity = {
  accountId: AccountIdSchema.parse('123456789012345678'),
  sessionId: SessionIdSchema.parse('12345'),
  sessionUid: SessionUidSchema.parse('a'.repeat(24)),
};
const stanzaId = StanzaIdSchema.parse('3A');
const wamid = formatWamid({ sessionUid: identity.sessionUid, direction: 'in', stanzaId, authorHash: '0'.repeat(16) });
const writers = fc.constantFrom<Pick<InboundRow, 'chat' | 'author' | 'authorAlt' | 'fromMe'>>(
  { chat: '2@lid', author: '2@lid', authorAlt: '552@s.whatsapp.net', fromMe: false },
  { chat: '2@lid', author: '2@lid', fromMe: false },
  { chat: '1-2@g.us', author: '552@s.whatsapp.net', fromMe: false },
  { chat: '2@lid', author: '1@lid', authorAlt: '551@s.whatsapp.net', fromMe: true },
);

describe('any message that can come over WhatsApp', () => {
  it('is an event that Meta could have sent, or housekeeping; nothing throws', async () => {
    await fc.assert(
      fc.asyncProperty(message, fc.option(bare, { nil: undefined }), writers, async (content, other, writer) => {
        const known: KnownMessage = {
          wamid: WamidSchema.parse('wamid.X'),
          from: '551',
          authors: ['1@lid', '551@s.whatsapp.net'],
          ...(other && { content: encode(other) }),
        };
        const row: InboundRow = {
          ...writer,
          ...identity,
          direction: 'in',
          stanzaId,
          wamid,
          sentAtMs: 1_760_000_000_000,
          arrival: 1,
          content: encode(content),
        };
        const read = await readMessage(row, async () => known);
        if (read.type === 'housekeeping') return;
        const event = messageEventOf({ identity, displayPhoneNumber: '551', row, message: read });
        expect(EventSchema.parse(event)).toEqual(event);
        expect(violationsOf(renderWebhook(event))).toEqual([]);
        expect(JSON.stringify(renderWebhook(event))).not.toMatch(/@(lid|s\.whatsapp\.net|g\.us)/);
      }),
      { numRuns: RUNS },
    );
  }, 120_000);

  it('covers each member that WhatsApp’s protocol has', async () => {
    for (const member of MEMBERS) {
      const content = encode({ [member]: member === 'conversation' ? 'x' : {} });
      const row = { wamid, chat: '2@lid', author: '2@lid', fromMe: false, content };
      const read = await readMessage(row, async () => ({ wamid, authors: [] }));
      expect(read.type === 'housekeeping' ? read.kind : read.content.type).toMatch(/^[a-z_\d]+$/);
    }
  });
});
