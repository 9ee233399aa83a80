import {
  listIn,
  makeOptional,
  objectOf,
  partOf,
  REFERENCE,
  type Relaxation,
  referenceTo,
  type Schema,
  type Schemas,
} from './meta-schema.ts';

const person = { profile: { name: 'Ana' }, wa_id: '5511987654321' };
const metadata = { display_phone_number: '5511911112222', phone_number_id: '100200300' };
const head = { from: '5511987654321', id: 'wamid.X', timestamp: '1760000000' };
const context = { from: '5511911112222', id: 'wamid.Y' };
const file = {
  id: '12345678901234567890',
  mime_type: 'application/pdf',
  sha256: 'SfInY0gGKTsJlUWbwxC1k+FAD0FZHvzwfpvO0zX0GUI=',
};

const webhook = (field: string, value: object) => ({
  object: 'whatsapp_business_account',
  entry: [
    { id: '123456789012345678', changes: [{ field, value: { messaging_product: 'whatsapp', metadata, ...value } }] },
  ],
});
/** A webhook with this message. */
const message = (content: object, contact: object = person) =>
  webhook('messages', { contacts: [contact], messages: [{ ...head, ...content }] });

const text = { type: 'string' };

/** A type of message that the description lacks. */
function alsoInbound(schemas: Schemas, type: string, schema: Schema): void {
  schemas[`Inbound_${type}`] = { allOf: [{ $ref: referenceTo('BaseMessageProperties_1') }, schema] };
  partOf(schemas, 'IncomingMessage/discriminator/mapping')[type] = referenceTo(`Inbound_${type}`);
}

/** A field of changes that the description lacks. @param list name of the list in its value, and what is in it */
function alsoChange(schemas: Schemas, field: string, [list, items]: readonly [string, Schema]): void {
  listIn(schemas, 'Change/properties/field/enum').push(field);
  listIn(schemas, 'Change/properties/value/oneOf').push({ $ref: referenceTo(`Value_${field}`) });
  const metadata = { $ref: referenceTo('Metadata') };
  schemas[`Value_${field}`] = objectOf({
    messaging_product: text,
    metadata,
    [list]: { type: 'array', minItems: 1, items },
  });
}

/** Names without a suffix are the outbound namesakes of what is meant. */
const INBOUND_NAMES: Readonly<Record<string, string>> = {
  TextMessage: 'TextMessage_2',
  ReactionMessage: 'ReactionMessage_1',
  AudioMessage: 'AudioMessage_1',
  DocumentMessage: 'DocumentMessage_1',
  ImageMessage: 'ImageMessage_1',
  StickerMessage: 'StickerMessage_1',
  VideoMessage: 'VideoMessage_1',
  LocationMessage: 'LocationMessage_1',
  BaseMessageProperties: 'BaseMessageProperties_1',
  ContactObject: 'ContactObject_1',
  ErrorObject: 'ErrorObject_2',
};

/**
 * All that we leave out of, or add to, Meta's description v23.0 of its webhooks, each with its reason. A test fails when one is not needed,
 * and when a webhook of ours violates what is left. The first has to come first.
 */
export const WEBHOOK_RELAXATIONS: readonly Relaxation[] = [
  {
    name: 'inbound namesakes',
    quirk:
      'References of inbound schemas go to the outbound schemas of the same name, which want `to`; the true ones have a suffix.',
    apply(schemas) {
      const renamed = JSON.parse(JSON.stringify(schemas), (_key, value: unknown) => {
        const name =
          typeof value === 'string' && value.startsWith(REFERENCE) ? value.slice(REFERENCE.length) : undefined;
        return name !== undefined && INBOUND_NAMES[name] ? `${REFERENCE}${INBOUND_NAMES[name]}` : value;
      }) as Schemas;
      Object.assign(schemas, renamed);
    },
    example: message({ type: 'text', text: { body: 'oi' } }),
  },
  {
    name: 'people without a number',
    quirk:
      'Since 2026 `from` and `wa_id` are absent for people who hide their number; `from_user_id` and `user_id` name them.',
    apply(schemas) {
      makeOptional(schemas, 'BaseMessageProperties_1', 'from');
      partOf(schemas, 'BaseMessageProperties_1/properties')['from_user_id'] = text;
      partOf(schemas, 'BaseMessageProperties_1')['anyOf'] = [{ required: ['from'] }, { required: ['from_user_id'] }];
    },
    example: message(
      { from: undefined, from_user_id: '99', type: 'text', text: { body: 'oi' } },
      { profile: { name: 'Ana' }, user_id: '99' },
    ),
  },
  {
    name: 'context of any kind',
    quirk:
      'The description wants `from`, `id` and `referred_product` in every context; replies have no product, forwarded messages neither.',
    apply(schemas) {
      const schema = partOf(schemas, 'ContextObject');
      delete schema['required'];
      schema['minProperties'] = 1;
      const flag = { const: true };
      Object.assign(partOf(schemas, 'ContextObject/properties'), { forwarded: flag, frequently_forwarded: flag });
    },
    example: message({ context, type: 'text', text: { body: 'sim' } }),
  },
  {
    name: 'a reaction taken back',
    quirk: 'Meta documents that `emoji` is absent when a reaction is removed; the description requires it.',
    apply: (schemas) => makeOptional(schemas, 'ReactionMessage_1/allOf/1/properties/reaction', 'emoji'),
    example: message({ type: 'reaction', reaction: { message_id: 'wamid.Y' } }),
  },
  {
    name: 'a document without a name',
    quirk: 'WhatsApp lets a document have no file name; the description requires one.',
    apply: (schemas) => makeOptional(schemas, 'DocumentMessage_1/allOf/1/properties/document/allOf/1', 'filename'),
    example: message({ type: 'document', document: file }),
  },
  {
    name: 'a bare pin',
    quirk: 'A pin that is no place has neither name nor address; the description requires both.',
    apply: (schemas) => makeOptional(schemas, 'LocationMessage_1/allOf/1/properties/location', 'name', 'address'),
    example: message({ type: 'location', location: { latitude: -23.5, longitude: -46.6 } }),
  },
  {
    name: 'a row without a description',
    quirk: 'Rows of lists may have no description; the description requires it in the reply.',
    apply: (schemas) => makeOptional(schemas, 'InteractiveListReplyContent/properties/list_reply', 'description'),
    example: message({
      context,
      type: 'interactive',
      interactive: { type: 'list_reply', list_reply: { id: 'r1', title: 'A' } },
    }),
  },
  {
    name: 'answers of flows',
    quirk: 'Meta documents `nfm_reply` (answers of flows); the description has button_reply and list_reply only.',
    apply(schemas) {
      const interactive = 'InteractiveMessageReply/allOf/1/properties/interactive';
      listIn(schemas, `${interactive}/properties/type/enum`).push('nfm_reply');
      partOf(schemas, `${interactive}/discriminator/mapping`)['nfm_reply'] = referenceTo('InteractiveFlowReplyContent');
      const reply = objectOf({ name: text, body: text, response_json: text }, ['name', 'response_json']);
      schemas['InteractiveFlowReplyContent'] = objectOf({ nfm_reply: reply });
    },
    example: message({
      context,
      type: 'interactive',
      interactive: { type: 'nfm_reply', nfm_reply: { name: 'flow', body: 'Enviado', response_json: '{}' } },
    }),
  },
  {
    name: 'an answer to nothing',
    quirk: 'WhatsApp clients may answer without naming the message; `context` is not invented for them.',
    apply(schemas) {
      for (const name of ['InteractiveMessageReply', 'ButtonMessage']) {
        makeOptional(schemas, `${name}/allOf/1`, 'context');
        makeOptional(schemas, `${name}/allOf/1/properties/context`, 'from', 'id');
      }
    },
    example: message({ type: 'button', button: { payload: 'p', text: 'Sim' } }),
  },
  {
    name: 'an ad of which WhatsApp tells less',
    quirk:
      'WhatsApp’s message carries what the ad had: no picture, no click id, no headline are possible; the description requires all.',
    apply: (schemas) => delete partOf(schemas, 'ReferralObject')['required'],
    example: message({
      type: 'text',
      text: { body: 'oi' },
      referral: { source_type: 'ad', source_url: 'https://fb.me/x', source_id: '1' },
    }),
  },
  {
    name: 'an order whose products nobody told',
    quirk:
      'WhatsApp’s message has the total alone; the products are asked for, and what was not answered is not invented.',
    apply: (schemas) => makeOptional(schemas, 'OrderMessage/allOf/1/properties/order', 'product_items'),
    example: message({ type: 'order', order: { catalog_id: '5511911112222', text: '' } }),
  },
  {
    name: 'edits',
    quirk: 'Meta documents inbound messages of type `edit` since v24; the description v23.0 has none.',
    apply(schemas) {
      const message = objectOf({ type: { enum: ['text', 'image', 'video', 'document'] } });
      const edit = objectOf({ original_message_id: text, message });
      alsoInbound(schemas, 'edit', objectOf({ type: { const: 'edit' }, edit }));
    },
    example: message({
      type: 'edit',
      edit: { original_message_id: 'wamid.Y', message: { type: 'text', text: { body: 'melhor' } } },
    }),
  },
  {
    name: 'revocations',
    quirk: 'Meta documents inbound messages of type `revoke` since v24; the description v23.0 has none.',
    apply(schemas) {
      const revoke = objectOf({ original_message_id: text });
      alsoInbound(schemas, 'revoke', objectOf({ type: { const: 'revoke' }, revoke }));
    },
    example: message({ type: 'revoke', revoke: { original_message_id: 'wamid.Y' } }),
  },
  {
    name: 'statuses of people without a number',
    quirk:
      'Since 2026 `recipient_id` is absent for somebody who was written to by `user_id`; `recipient_user_id` names them.',
    apply(schemas) {
      makeOptional(schemas, 'Statuses', 'recipient_id');
      partOf(schemas, 'Statuses/properties')['recipient_user_id'] = text;
      partOf(schemas, 'Statuses')['anyOf'] = [{ required: ['recipient_id'] }, { required: ['recipient_user_id'] }];
    },
    example: webhook('messages', {
      statuses: [{ id: 'wamid.X', status: 'sent', timestamp: '1760000000', recipient_user_id: '99' }],
    }),
  },
  {
    name: 'played voice messages',
    quirk: 'Meta documents the status `played`; the description has the others only.',
    apply: (schemas) => listIn(schemas, 'Statuses/properties/status/enum').push('played'),
    example: webhook('messages', {
      statuses: [{ id: 'wamid.X', status: 'played', timestamp: '1760000000', recipient_id: '5511987654321' }],
    }),
  },
  {
    name: 'echoes',
    quirk:
      'The description v23.0 has no field `smb_message_echoes` (messages written on the phone); Meta documents it.',
    apply: (schemas) =>
      alsoChange(schemas, 'smb_message_echoes', ['message_echoes', { $ref: referenceTo('IncomingMessage') }]),
    example: webhook('smb_message_echoes', {
      message_echoes: [{ ...head, from: '5511911112222', to: '5511987654321', type: 'text', text: { body: 'oi' } }],
    }),
  },
  {
    name: 'calls',
    quirk: 'The description v23.0 has no field `calls`; Meta documents it.',
    apply(schemas) {
      const event = { enum: ['connect', 'terminate'] };
      const call = objectOf({ id: text, to: text, event, timestamp: text, direction: text });
      alsoChange(schemas, 'calls', [
        'calls',
        { ...call, anyOf: [{ required: ['from'] }, { required: ['from_user_id'] }] },
      ]);
    },
    example: webhook('calls', {
      calls: [
        {
          id: 'A1',
          from: '5511987654321',
          to: '5511911112222',
          event: 'connect',
          timestamp: '1760000000',
          direction: 'USER_INITIATED',
        },
      ],
    }),
  },
];
