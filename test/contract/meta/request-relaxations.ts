import {
  listIn,
  makeOptional,
  objectOf,
  partOf,
  type Relaxation,
  referenceTo,
  type Schema,
  type Schemas,
} from './meta-schema.ts';

const text = { type: 'string' };
const head = { messaging_product: 'whatsapp', recipient_type: 'individual', to: '+16505551234' };
const interactive = (content: object) => ({
  ...head,
  type: 'interactive',
  interactive: { body: { text: 'oi' }, ...content },
});
const template = (components: object, more: object = {}) => ({
  ...head,
  type: 'template',
  template: { name: 'a', language: { code: 'pt_BR', policy: 'deterministic' }, components, ...more },
});
const button = (content: object) => template([{ type: 'button', ...content }]);

/** One schema where the condition holds, another where it does not. */
const choice = (condition: Schema, yes: Schema, no: Schema): Schema => ({
  allOf: [{ anyOf: [{ not: condition }, yes] }, { anyOf: [condition, no] }],
});
const reference = (name: string): Schema => ({ $ref: referenceTo(name) });

/** The members of a message's kind, beside those of its envelope. */
const membersOf = (kind: string): string => `${kind}/allOf/1`;
/** Kinds of messages, as the discriminator has them. */
const kindsOf = (schemas: Schemas): readonly string[] =>
  Object.values(partOf(schemas, 'Message/discriminator/mapping')).map((name) => String(name).split('/').at(-1) ?? '');
/** Parts that are chosen by their base. */
const CHOSEN = [
  'HeaderComponent',
  'BodyComponent',
  'ButtonComponent',
  'TextParameter',
  'CurrencyParameter',
  'DateTimeParameter',
  'DocumentParameter',
  'ImageParameter',
  'VideoParameter',
  'ButtonPayloadParameter',
  'ButtonTextParameter',
];

/** The members of such a part, before it was cut from its base or after. */
const chosen = (schemas: Schemas, name: string): Schema =>
  partOf(schemas, schemas[name]?.['allOf'] ? `${name}/allOf/1/properties` : `${name}/properties`);

/**
 * All in which we differ from Meta's description v23.0 of requests to `/messages`, each with its reason. A test fails when one is not
 * needed, and when one of Meta's own examples violates what is left.
 */
export const REQUEST_RELAXATIONS: readonly Relaxation[] = [
  {
    name: 'messages closed to their own envelope',
    quirk: 'Each kind closes `additionalProperties` beside an `allOf`, which refuses `to` and all of the envelope.',
    apply(schemas) {
      for (const kind of kindsOf(schemas)) delete partOf(schemas, membersOf(kind))['additionalProperties'];
    },
    example: { ...head, type: 'text', text: { body: 'oi' } },
  },
  {
    name: 'no recipient_type',
    quirk: 'Optional by Meta’s documentation and in its own examples; `individual` if left out.',
    apply: (schemas) => makeOptional(schemas, 'BaseMessageProperties', 'recipient_type'),
    example: { messaging_product: 'whatsapp', to: '+16505551234', type: 'text', text: { body: 'oi' } },
  },
  {
    name: 'no type',
    quirk: 'Meta takes a message without a type for a text; one of its own examples has none.',
    apply(schemas) {
      schemas['TypedMessage'] = partOf(schemas, 'Message');
      schemas['Message'] = choice(
        { required: ['type'] },
        reference('TypedMessage'),
        reference('BaseMessageProperties'),
      );
      makeOptional(schemas, 'BaseMessageProperties', 'type');
    },
    example: { ...head, text: { body: 'oi' } },
  },
  {
    name: 'read receipts',
    quirk: 'They go to the same path and are in the description’s examples, but not in its schema.',
    apply(schemas) {
      schemas['AnyMessage'] = partOf(schemas, 'Message');
      const typing = objectOf({ type: { const: 'text' } });
      const read = { messaging_product: text, status: { const: 'read' }, message_id: text };
      schemas['ReadReceipt'] = objectOf({ ...read, typing_indicator: typing }, Object.keys(read));
      schemas['Message'] = choice({ required: ['status'] }, reference('ReadReceipt'), reference('AnyMessage'));
    },
    example: {
      messaging_product: 'whatsapp',
      status: 'read',
      message_id: 'wamid.X',
      typing_indicator: { type: 'text' },
    },
  },
  {
    name: 'coordinates as numbers',
    quirk: 'The description has texts; its own examples, Meta’s documentation and all clients but one send numbers.',
    apply(schemas) {
      const place = partOf(schemas, `${membersOf('LocationMessage')}/properties/location/properties`);
      for (const name of ['latitude', 'longitude']) place[name] = { type: ['string', 'number'] };
    },
    example: { ...head, type: 'location', location: { latitude: -23.5, longitude: -46.6 } },
  },
  {
    name: 'more than five contacts',
    quirk: 'Meta’s documentation allows 257 in one message.',
    apply(schemas) {
      partOf(schemas, `${membersOf('ContactsMessage')}/properties/contacts`)['maxItems'] = 257;
    },
    example: {
      ...head,
      type: 'contacts',
      contacts: Array.from({ length: 6 }, () => ({ name: { formatted_name: 'Ana Sá', first_name: 'Ana' } })),
    },
  },
  {
    name: 'long texts of lists',
    quirk: 'Meta’s documentation gives 4,096 characters to the body of a list, and 1,024 to all others.',
    apply(schemas) {
      const limit = (maxLength: number) => ({ properties: { body: { properties: { text: { maxLength } } } } });
      delete partOf(schemas, 'BodyObject/properties/text')['maxLength'];
      partOf(schemas, 'InteractiveObject')['allOf'] = [
        choice({ properties: { type: { const: 'list' } } }, limit(4096), limit(1024)),
      ];
    },
    example: interactive({
      type: 'list',
      body: { text: 'x'.repeat(4096) },
      action: { button: 'Ver', sections: [{ rows: [{ id: 'a', title: 'A' }] }] },
    }),
  },
  {
    name: 'links and requests for a place',
    quirk: 'Meta documents `cta_url` and `location_request_message`; the description has neither.',
    apply(schemas) {
      listIn(schemas, 'InteractiveObject/properties/type/enum').push('cta_url', 'location_request_message');
      const parameters = objectOf({ display_text: { ...text, maxLength: 20 }, url: text });
      listIn(schemas, 'ActionObject/oneOf').push(
        objectOf({ name: { const: 'cta_url' }, parameters }),
        objectOf({ name: { const: 'send_location' } }),
      );
    },
    example: interactive({ type: 'location_request_message', action: { name: 'send_location' } }),
  },
  {
    name: 'orders and payments',
    quirk: 'The description’s own examples have `order_details` and `order_status`, its schema has neither.',
    apply(schemas) {
      listIn(schemas, 'InteractiveObject/properties/type/enum').push('order_details', 'order_status');
      const names = ['review_and_pay', 'review_order'];
      listIn(schemas, 'ActionObject/oneOf').push(objectOf({ name: { enum: names }, parameters: { type: 'object' } }));
    },
    example: interactive({ type: 'order_status', action: { name: 'review_order', parameters: {} } }),
  },
  {
    name: 'headers of products',
    quirk: 'An own example has a placeholder where the type of the header stands.',
    apply: (schemas) => listIn(schemas, 'HeaderObject/properties/type/enum').push('<HEADER_TYPE>'),
    example: interactive({
      type: 'product',
      header: { type: '<HEADER_TYPE>', text: 'oi' },
      action: { catalog_id: '1', product_retailer_id: 'a' },
    }),
  },
  {
    name: 'a language without a policy',
    quirk: '`deterministic` is the only policy, and Meta’s own examples leave it out.',
    apply: (schemas) => makeOptional(schemas, 'LanguageObject', 'policy'),
    example: template([], { language: { code: 'pt_BR' } }),
  },
  {
    name: 'components without an end',
    quirk: 'A component is chosen by its base, and includes its base, which chooses it again: no check ever ends.',
    apply(schemas) {
      for (const name of CHOSEN) schemas[name] = partOf(schemas, `${name}/allOf/1`);
    },
    example: template([{ type: 'body', parameters: [{ type: 'text', text: 'Ana' }] }]),
  },
  {
    name: 'positions of buttons',
    quirk: 'The pattern of `index` allows one of "2-6, 1-4" and no 0; the own examples have "0", and the number 0.',
    apply(schemas) {
      const index = {
        anyOf: [
          { ...text, pattern: '^\\d{1,2}$' },
          { type: 'integer', minimum: 0 },
        ],
      };
      for (const name of ['TemplateComponent', 'ButtonComponent']) chosen(schemas, name)['index'] = index;
    },
    example: button({ sub_type: 'url', index: '0', parameters: [{ type: 'text', text: 'x' }] }),
  },
  {
    name: 'further buttons of templates',
    quirk:
      'The own examples have `flow` and `CATALOG`, Meta’s documentation `copy_code`; parameters of them are described nowhere.',
    apply(schemas) {
      const subType = { enum: ['quick_reply', 'url', 'catalog', 'CATALOG', 'flow', 'copy_code'] };
      for (const name of ['TemplateComponent', 'ButtonComponent']) chosen(schemas, name)['sub_type'] = subType;
      listIn(schemas, 'ButtonParameterObject/properties/type/enum').push('action', 'coupon_code');
      Object.assign(partOf(schemas, 'ButtonParameterObject/discriminator/mapping'), {
        action: referenceTo('ButtonActionParameter'),
        coupon_code: referenceTo('ButtonCouponParameter'),
      });
      schemas['ButtonActionParameter'] = objectOf({ action: { type: 'object' } });
      schemas['ButtonCouponParameter'] = objectOf({ coupon_code: text });
    },
    example: button({ sub_type: 'copy_code', index: '4', parameters: [{ type: 'coupon_code', coupon_code: 'A' }] }),
  },
  {
    name: 'a truth for a text',
    quirk: 'An own example writes the labels Yes and No of its buttons as true and false.',
    apply(schemas) {
      chosen(schemas, 'ButtonTextParameter')['text'] = { type: ['string', 'boolean'] };
    },
    example: button({ sub_type: 'quick_reply', index: '0', parameters: [{ type: 'text', text: true }] }),
  },
];
