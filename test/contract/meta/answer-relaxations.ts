import { listIn, objectOf, partOf, type Relaxation, type Schemas } from './meta-schema.ts';

/** An answer, and to what. */
export interface AnswerExample {
  readonly operation: string;
  readonly answer: unknown;
}

const text = { type: 'string' };
const truth = { type: 'boolean' };

const example = (operation: string, answer: unknown): AnswerExample => ({ operation, answer });
const number = (more: object) => example('GET.PhoneNumber', { id: '1', ...more });
const listed = (more: object) =>
  example('GET.phone_numbers', {
    data: [{ id: '1', display_phone_number: '+5511911112222', status: 'PENDING', ...more }],
  });
const templates = (more: object, template: object = {}) =>
  example('GET.message_templates', { data: [{ id: '1', name: 'a', ...template }], ...more });

/** Adds members to an object of the description. */
const also = (schemas: Schemas, path: string, members: object): void =>
  void Object.assign(partOf(schemas, `${path}/properties`), members);
/** Numbers are described twice: alone, and in the list of an account. */
const NUMBERS = ['PhoneNumberInfo', 'WhatsAppBusinessAccountPhoneNumber'];

/**
 * All in which our answers differ from Meta's description v23.0, each with its reason; members that it does not name are refused. A test
 * fails when one is not needed, and when an answer of ours violates what is left.
 */
export const ANSWER_RELAXATIONS: readonly Relaxation[] = [
  {
    name: 'details of errors',
    quirk:
      'Meta’s list of Cloud API errors has `error_data` with `messaging_product` and `details`; the description lacks it.',
    apply: (schemas) =>
      also(schemas, 'GraphAPIError/properties/error', {
        error_data: objectOf({ messaging_product: { const: 'whatsapp' }, details: text }),
      }),
    example: example('error', {
      error: {
        message: '(#100) Invalid parameter',
        type: 'OAuthException',
        code: 100,
        error_data: { messaging_product: 'whatsapp', details: 'to: is required.' },
      },
    }),
  },
  {
    name: 'further fields of a number',
    quirk: 'Meta documents them as fields of a phone number; the description shows six of about thirty.',
    apply(schemas) {
      const members = {
        status: text,
        name_status: text,
        platform_type: { const: 'CLOUD_API' },
        account_mode: { enum: ['LIVE', 'SANDBOX'] },
        throughput: objectOf({ level: { enum: ['STANDARD', 'HIGH', 'NOT_APPLICABLE'] } }),
        is_official_business_account: truth,
        is_pin_enabled: truth,
        is_on_biz_app: truth,
        last_onboarded_time: text,
      };
      for (const name of NUMBERS)
        partOf(schemas, name)['properties'] = { ...members, ...partOf(schemas, `${name}/properties`) };
    },
    example: number({ throughput: { level: 'STANDARD' }, platform_type: 'CLOUD_API' }),
  },
  {
    name: 'numbers that are connected',
    quirk: 'Meta documents CONNECTED and DISCONNECTED as the status of a number; the description has neither.',
    apply: (schemas) => void listIn(schemas, 'WhatsAppPhoneNumberStatus/enum').push('CONNECTED', 'DISCONNECTED'),
    example: listed({ status: 'CONNECTED' }),
  },
  {
    name: 'profiles without a wrapper',
    quirk:
      'The description has a `business_profile` in each entry of `data`; Graph and Meta’s documentation have its members themselves.',
    apply: (schemas) =>
      also(
        schemas,
        'WhatsAppBusinessProfileResponse/properties/data/items',
        partOf(schemas, 'WhatsAppBusinessProfile/properties'),
      ),
    example: example('GET.whatsapp_business_profile', { data: [{ messaging_product: 'whatsapp', about: 'Olá' }] }),
  },
  {
    name: 'businesses that say nothing of what they do',
    quirk: 'The verticals lack UNDEFINED and NOT_A_BIZ, which the documentation of business profiles lists.',
    apply: (schemas) => void listIn(schemas, 'WhatsAppBusinessVertical/enum').push('UNDEFINED', 'NOT_A_BIZ'),
    example: example('GET.whatsapp_business_profile', {
      data: [{ business_profile: { messaging_product: 'whatsapp', vertical: 'NOT_A_BIZ' } }],
    }),
  },
  {
    name: 'long descriptions',
    quirk: 'Descriptions have at most 256 characters here; the documentation of business profiles gives 512.',
    apply(schemas) {
      partOf(schemas, 'WhatsAppBusinessProfile/properties/description')['maxLength'] = 512;
    },
    example: example('GET.whatsapp_business_profile', {
      data: [{ business_profile: { messaging_product: 'whatsapp', description: 'x'.repeat(512) } }],
    }),
  },
  {
    name: 'people who could not be blocked',
    quirk: 'Meta documents `failed_users` with their errors; the description has those with whom it went well only.',
    apply(schemas) {
      const errors = { type: 'array', items: objectOf({ code: { type: 'integer' }, message: text, error_data: {} }) };
      const failed = { type: 'array', minItems: 1, items: objectOf({ input: text, errors }) };
      for (const name of ['BlockUsersResult', 'UnblockUsersResult']) also(schemas, name, { failed_users: failed });
    },
    example: example('POST.block_users', {
      messaging_product: 'whatsapp',
      block_users: {
        added_users: [],
        failed_users: [{ input: 'x', errors: [{ code: 131009, message: 'no', error_data: { details: 'x' } }] }],
      },
    }),
  },
  {
    name: 'blocked people without a number',
    quirk: 'Since 2026 people may hide their number; `user_id` names them where there is no `wa_id`.',
    apply: (schemas) => also(schemas, 'BlockedUser', { user_id: text }),
    example: example('GET.block_users', { data: [{ messaging_product: 'whatsapp', user_id: '99' }] }),
  },
  {
    name: 'links to further pages',
    quirk:
      'Graph’s pages have `next` and `previous`; the description has them in some lists and forgets them in others.',
    apply(schemas) {
      const links = { next: text, previous: text };
      also(schemas, 'GET.message_templates/properties/paging', links);
      also(schemas, 'Paging', links);
    },
    example: templates({ paging: { cursors: { before: 'a', after: 'b' }, next: 'https://a.example' } }),
  },
  {
    name: 'further fields of templates',
    quirk: 'Meta documents `parameter_format`, and more fields of buttons; the description was made from one example.',
    apply(schemas) {
      for (const path of ['GET.message_templates/properties/data/items', 'GET.Template']) {
        also(schemas, path, { parameter_format: { enum: ['POSITIONAL', 'NAMED'] } });
        const component = `${path}/properties/components/items/properties`;
        also(schemas, `${component}/buttons/items`, { url: text });
        also(schemas, `${component}/example`, { header_handle: { type: 'array', items: text } });
      }
    },
    example: templates({}, { parameter_format: 'NAMED' }),
  },
  {
    name: 'webhooks as applications',
    quirk:
      'Graph wraps a subscribed application in `whatsapp_business_api_data` and shows its override; the description has it bare.',
    apply: (schemas) =>
      also(schemas, 'SubscribedApp', {
        whatsapp_business_api_data: objectOf({ id: text, name: text, link: text }),
        override_callback_uri: text,
      }),
    example: example('GET.subscribed_apps', {
      data: [{ whatsapp_business_api_data: { id: '1', name: 'a', link: 'https://a.example' } }],
    }),
  },
  {
    name: 'the secret of a webhook',
    quirk:
      'Ours: there is no application whose secret would sign, so a new webhook’s own is shown once. Clients skip it.',
    apply: (schemas) => also(schemas, 'SubscriptionResponse', { secret: text }),
    example: example('POST.subscribed_apps', { success: true, secret: 'whsec_x' }),
  },
];
