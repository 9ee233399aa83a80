import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnswerRow } from '#core/contracts/rows/answer-row.ts';
import { formOf } from '../../functions/media/media-form.ts';
import type { ApiAnswer, ApiCall } from '../../functions/support/call-api.ts';
import { startTestReceiver } from '../../functions/support/receiver.ts';
import { at } from '../../support/pombo.ts';
import { ANSWER_RELAXATIONS } from './answer-relaxations.ts';
import { answerValidator } from './answers.ts';
import { type RequestBed, startRequestBed } from './request-bed.ts';

let bed: RequestBed;
let account = '';
beforeAll(async () => {
  bed = await startRequestBed();
  account = (await bed.api.call('GET /me')).text('id');
}, 60_000);
afterAll(() => bed.stop());

const call = (request: string, options?: ApiCall): Promise<ApiAnswer> => bed.api.call(request, options);
const phone = (method: string, edge: string, body?: object): Promise<ApiAnswer> =>
  call(`${method} /v23.0/${bed.session}${edge}`, body ? { body } : {});
const waba = (method: string, edge: string, body?: object): Promise<ApiAnswer> =>
  call(`${method} /v23.0/${account}${edge}`, body ? { body } : {});
const uploaded = async (): Promise<ApiAnswer> => {
  const file = new File(['file'], 'nota.pdf', { type: 'application/pdf' });
  const form = await formOf({ messaging_product: 'whatsapp', type: 'application/pdf', file });
  return call(`POST /v23.0/${bed.session}/media`, form);
};

/** Asks something that the connector has to answer, and answers as it does. */
async function asking(asked: () => Promise<ApiAnswer>, answer: AnswerRow['answer']): Promise<ApiAnswer> {
  await bed.api.aws.takeOutbound();
  const coming = asked();
  for (;;) {
    const [question] = (await bed.api.aws.takeOutbound()) as { questionId: string; sessionUid: string }[];
    if (!question) continue;
    const { questionId, sessionUid } = question;
    const Item = { questionId, sessionUid, answer, expiresAt: 0 };
    await bed.api.aws.documents.send(new PutCommand({ TableName: 'answers', Item }));
    return coming;
  }
}

const product = { messaging_product: 'whatsapp' };
const text = { ...product, to: '+1 650-555-1234', text: { body: 'oi' } };
const block = { ...product, block_users: [{ user: '+16505551234' }, { user: 'x' }] };
const blocked: AnswerRow['answer'] = {
  type: 'block',
  done: [{ phone: '16505551234', waId: '16505551234' }],
  failed: [],
};
const profile = {
  about: 'Olá',
  pictureUrl: 'https://pps.whatsapp.net/x.jpg',
  business: { address: 'Rua A', websites: ['https://a.example'], description: 'x'.repeat(512) },
};
const groups = [{ groupId: '120363041234567890', subject: 'Time', createdAtMs: 1_700_000_000_000 }];
const made = (name: string) => ({
  name,
  language: 'pt_BR',
  category: 'MARKETING',
  components: [
    { type: 'HEADER', format: 'TEXT', text: 'Fall Sale' },
    { type: 'BODY', text: 'Oi, {{1}}!', example: { body_text: [['Mark']] } },
    { type: 'FOOTER', text: 'tchau' },
    {
      type: 'BUTTONS',
      buttons: [
        { type: 'QUICK_REPLY', text: 'Stop' },
        { type: 'URL', text: 'Ver', url: 'https://a.example' },
      ],
    },
  ],
});
const newTemplate = async (name: string): Promise<string> =>
  (await waba('POST', '/message_templates', made(name))).text('id');

/** What Pombo answers, by Meta's operation. */
const ANSWERS: Readonly<Record<string, () => Promise<ApiAnswer>>> = {
  'POST.messages': () => phone('POST', '/messages', text),
  'POST.media': uploaded,
  'GET.Media': () => call(`GET /v23.0/${bed.files.image}`),
  'DELETE.Media': async () => call(`DELETE /v23.0/${(await uploaded()).text('id')}`),
  'GET.PhoneNumber': () => phone('GET', ''),
  'GET.phone_numbers': () => waba('GET', '/phone_numbers'),
  'GET.whatsapp_business_profile': () =>
    asking(() => phone('GET', '/whatsapp_business_profile'), { type: 'profile', profile }),
  'POST.whatsapp_business_profile': () =>
    asking(() => phone('POST', '/whatsapp_business_profile', { ...product, about: 'Oi' }), { type: 'changed' }),
  'GET.groups': () => asking(() => phone('GET', '/groups'), { type: 'groups', groups }),
  'GET.settings': () => phone('GET', '/settings'),
  'POST.settings': () => phone('POST', '/settings', {}),
  'POST.request_code': () => phone('POST', '/request_code', {}),
  'POST.block_users': () => asking(() => phone('POST', '/block_users', block), blocked),
  'DELETE.block_users': () => asking(() => phone('DELETE', '/block_users', block), blocked),
  'GET.block_users': () =>
    asking(() => phone('GET', '/block_users'), {
      type: 'block_list',
      phones: ['16505551234'],
      lids: ['112233445566778'],
    }),
  'GET.message_templates': () => waba('GET', '/message_templates?limit=2'),
  'POST.message_templates': () => waba('POST', '/message_templates', made('one')),
  'DELETE.message_templates': async () => {
    await newTemplate('two');
    return waba('DELETE', '/message_templates?name=two');
  },
  'GET.Template': async () => call(`GET /v23.0/${await newTemplate('three')}`),
  'POST.Template': async () => call(`POST /v23.0/${await newTemplate('four')}`, { body: { category: 'UTILITY' } }),
  'GET.Account': () =>
    waba('GET', '?fields=id,name,timezone_id,account_review_status,business_verification_status,ownership_type'),
  'POST.subscribed_apps': async () => {
    const receiver = await startTestReceiver();
    receiver.answerWith(({ url }, response) => response.end(url.searchParams.get('hub.challenge')));
    const body = { override_callback_uri: receiver.url, verify_token: 'token' };
    const answer = await waba('POST', '/subscribed_apps', body);
    await receiver.close();
    return answer;
  },
  'GET.subscribed_apps': () => waba('GET', '/subscribed_apps'),
  'DELETE.subscribed_apps': () => waba('DELETE', '/subscribed_apps'),
  'POST.register': () => phone('POST', '/register', { ...product, pin: '123456' }),
  'POST.deregister': () => phone('POST', '/deregister', product),
};

/** Refusals of all sorts. */
const REFUSALS: Readonly<Record<string, () => Promise<ApiAnswer>>> = {
  'a member is missing': () => phone('POST', '/messages', { ...text, to: undefined }),
  'a kind is not supported': () =>
    phone('POST', '/messages', { ...text, type: 'interactive', interactive: { type: 'flow' } }),
  'an object is not there': () => call('GET /v23.0/999999999'),
  'a template is not there': () =>
    phone('POST', '/messages', { ...text, type: 'template', template: { name: 'no', language: { code: 'en' } } }),
  'nobody has the key': () => call('GET /me', { key: 'pk_no_such_key' }),
  'there is no path': () => phone('GET', '/no_such_edge'),
  'the body is no JSON': () => call(`POST /${bed.session}/messages`, { body: '{' }),
  'the session cannot be asked': () =>
    asking(() => phone('GET', '/block_users'), { type: 'error', code: 131016, details: 'It is reconnecting.' }),
};

/** What was answered, by operation. */
const seen: (readonly [operation: string, answer: unknown])[] = [];

describe('the answer', () => {
  it.each(Object.entries(ANSWERS))('to %s is as Meta describes it, relaxed', async (operation, ask) => {
    const { status, json } = await ask();
    seen.push([operation, json]);
    expect({ status, json }).toMatchObject({ status: 200, json: expect.any(Object) as object });
    expect({ json, violations: answerValidator(operation)(json) }).toMatchObject({ violations: [] });
  });

  it.each(Object.entries(REFUSALS))('is an error as Meta describes it when %s', async (_, ask) => {
    const { status, json } = await ask();
    seen.push(['error', json]);
    expect(status).toBeGreaterThanOrEqual(400);
    expect({ json, violations: answerValidator('error')(json) }).toMatchObject({ violations: [] });
    expect(at(json, 'error', 'error_data', 'details')).toMatch(/.{10,}/);
  });
});

it.each(ANSWER_RELAXATIONS)('An answer of ours needs the relaxation: $name', ({ name }) => {
  const others = ANSWER_RELAXATIONS.filter((relaxation) => relaxation.name !== name);
  expect(seen.some(([operation, answer]) => answerValidator(operation, others)(answer).length > 0)).toBe(true);
});
