import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AnswerRow } from '#core/contracts/rows/answer-row.ts';
import { at } from '../../support/pombo.ts';
import { type ApiTestBed, startApi } from '../support/api-test-bed.ts';
import type { ApiAnswer } from '../support/call-api.ts';

interface Question {
  readonly type: string;
  readonly questionId: string;
  readonly sessionUid: string;
}

let api: ApiTestBed;
let id = '';
beforeAll(async () => {
  api = await startApi();
}, 60_000);
afterAll(() => api.aws.stop());
beforeEach(async () => {
  await api.reset();
  id = await api.newSession({ status: 'open', phoneNumber: '5511900000000' });
});

const nextQuestion = async (): Promise<Question> => {
  for (;;) {
    const [found] = (await api.aws.takeOutbound()) as Question[];
    if (found) return found;
  }
};
/** Does what the connector does. @returns the question and what the API made of the answer */
async function answered(call: Promise<ApiAnswer>, answer: AnswerRow['answer']) {
  const question = await nextQuestion();
  const { questionId, sessionUid } = question;
  await api.aws.documents.send(
    new PutCommand({ TableName: 'answers', Item: { questionId, sessionUid, answer, expiresAt: 0 } }),
  );
  return { question, ...(await call) };
}

describe('POST /{phone_number_id}/contacts', () => {
  const check = (contacts: unknown, key = api.key()) =>
    api.call(`POST /v23.0/${id}/contacts`, { key, body: { blocking: 'wait', contacts, force_check: true } });

  it('answers as WhatsApp’s on-premises API did, in the order of the request, with the number that webhooks name', async () => {
    const asked = check(['+55 (31) 98765-4321', 'joão', '5511900000001', '5531987654321']);
    const { question, json } = await answered(asked, {
      type: 'contacts',
      contacts: [{ phone: '5531987654321', waId: '553187654321' }, { phone: '5511900000001' }],
    });
    expect(question).toMatchObject({ type: 'question.contacts', phones: ['5531987654321', '5511900000001'] });
    expect(json).toEqual({
      contacts: [
        { input: '+55 (31) 98765-4321', status: 'valid', wa_id: '5531987654321' },
        { input: 'joão', status: 'invalid' },
        { input: '5511900000001', status: 'invalid' },
        { input: '5531987654321', status: 'valid', wa_id: '5531987654321' },
      ],
    });
  });

  it('refuses what it can’t ask, and asks nobody for what is no number', async () => {
    expect((await check([])).error().error_data.details).toBe('contacts: must have at least 1 entries.');
    expect((await check(Array.from({ length: 101 }, () => '5511987654321'))).error().error_data.details).toBe(
      'contacts: must have at most 100 entries.',
    );
    expect((await check('5511987654321')).error().error_data.details).toBe('contacts: must be an array.');
    expect((await check(['x'])).json).toEqual({ contacts: [{ input: 'x', status: 'invalid' }] });
    expect((await check(['5511987654321'], api.otherKey)).error().error_subcode).toBe(33);
    expect((await check(['x'], api.otherKey)).error().error_subcode).toBe(33);
    id = await api.newSession();
    expect((await check(['5511987654321'])).error().code).toBe(133010);
    expect(await api.aws.takeOutbound()).toEqual([]);
  });

  it('passes the connector’s refusal on', async () => {
    const { status, error, headers } = await answered(check(['5511987654321']), {
      type: 'error',
      code: 131016,
      details: 'The session is reconnecting, not open.',
    });
    expect({ status, retry: headers['retry-after'] }).toEqual({ status: 500, retry: '1' });
    expect(error()).toMatchObject({ code: 131016, is_transient: true });
  });
});

describe('/{phone_number_id}/block_users', () => {
  const body = {
    messaging_product: 'whatsapp',
    block_users: [{ user: '+5511987654321' }, { user: 'x' }, { user: '5511900000001' }],
  };
  const failed = {
    failed_users: [
      {
        input: 'x',
        errors: [
          {
            code: 131009,
            message: 'Parameter value is not valid',
            error_data: { details: 'user: must be a phone number with country code.' },
          },
        ],
      },
      {
        input: '5511900000001',
        errors: [{ code: 131026, message: 'Message undeliverable', error_data: { details: 'Not there.' } }],
      },
    ],
  };
  const answer: AnswerRow['answer'] = {
    type: 'block',
    done: [{ phone: '5511987654321', waId: '5511987654321' }],
    failed: [{ phone: '5511900000001', code: 131026, details: 'Not there.' }],
  };
  const user = { input: '+5511987654321', wa_id: '5511987654321' };

  it.each([
    ['POST', 'block', { added_users: [user], ...failed }],
    ['DELETE', 'unblock', { removed_users: [user], ...failed }],
  ])('%s answers as Meta does, those with whom it failed included', async (method, action, block_users) => {
    const { question, json } = await answered(api.call(`${method} /v23.0/${id}/block_users`, { body }), answer);
    expect(question).toMatchObject({ type: 'question.block', action, phones: ['5511987654321', '5511900000001'] });
    expect(json).toEqual({ messaging_product: 'whatsapp', block_users });
  });

  it('GET lists with pages; somebody without a number has a user_id', async () => {
    const list: AnswerRow['answer'] = { type: 'block_list', phones: ['5511987654321'], lids: ['112233445566778'] };
    const first = await answered(api.call(`GET /${id}/block_users?limit=1`), list);
    expect(at(first.json, 'data')).toEqual([{ messaging_product: 'whatsapp', user_id: '112233445566778' }]);
    const next = new URL(String(at(first.json, 'paging', 'next')));
    const second = await answered(api.call(`GET ${next.pathname}${next.search}`), list);
    expect(at(second.json, 'data')).toEqual([{ messaging_product: 'whatsapp', wa_id: '5511987654321' }]);
    expect(at(second.json, 'paging', 'next')).toBeUndefined();
  });

  it('keeps to its own account and wants its product', async () => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      const options = method === 'GET' ? {} : { body };
      const answer = await api.call(`${method} /${id}/block_users`, { key: api.otherKey, ...options });
      expect(answer.error().error_subcode).toBe(33);
    }
    const { block_users } = body;
    expect((await api.call(`POST /${id}/block_users`, { body: { block_users } })).error().error_data.details).toBe(
      'messaging_product: is required.',
    );
    expect(await api.aws.takeOutbound()).toEqual([]);
  });
});

describe('/{phone_number_id}/whatsapp_business_profile', () => {
  const path = () => `/v23.0/${id}/whatsapp_business_profile`;
  const profile = {
    about: 'Olá',
    pictureUrl: 'https://pps.whatsapp.net/x.jpg',
    business: { address: 'Rua A', websites: ['https://a.example'], category: 'Restaurant' },
  };

  it('GET has Meta’s shape, by fields', async () => {
    const { json } = await answered(api.call(`GET ${path()}`), { type: 'profile', profile });
    const all = {
      messaging_product: 'whatsapp',
      about: 'Olá',
      address: 'Rua A',
      profile_picture_url: 'https://pps.whatsapp.net/x.jpg',
      websites: ['https://a.example'],
      vertical: 'RESTAURANT',
    };
    expect(json).toEqual({ data: [all] });
    const few = await answered(api.call(`GET ${path()}?fields=about,email,vertical`), { type: 'profile', profile: {} });
    expect(few.json).toEqual({ data: [{ vertical: 'NOT_A_BIZ' }] });
  });

  it('POST changes what a linked device can change, also with the product in the query', async () => {
    const body = { about: 'Oi', websites: ['https://a.example'], email: null };
    const call = api.call(`POST ${path()}?messaging_product=whatsapp`, { body });
    const { question, json } = await answered(call, { type: 'changed' });
    expect(question).toMatchObject({ type: 'question.change_profile', about: 'Oi', websites: body.websites });
    expect(question).not.toHaveProperty('email');
    expect(json).toEqual({ success: true });
  });

  it('POST takes the vertical that is there already and refuses another one, and pictures', async () => {
    const change = (more: object) => api.call(`POST ${path()}`, { body: { messaging_product: 'whatsapp', ...more } });
    expect((await answered(change({ vertical: 'RESTAURANT' }), { type: 'profile', profile })).json).toEqual({
      success: true,
    });
    const refused = await answered(change({ vertical: 'AUTO' }), { type: 'profile', profile });
    expect(refused.error().error_data.details).toContain('vertical: is RESTAURANT');
    expect((await change({ profile_picture_handle: '4::x' })).error().error_data.details).toContain(
      'profile_picture_handle: is not supported',
    );
    expect((await change({ about: 'a'.repeat(140) })).error().error_data.details).toBe(
      'about: must have at most 139 characters.',
    );
    expect((await change({ websites: ['ftp://a'] })).error().error_data.details).toBe(
      'websites.0: must be an address that begins with https:// or http://.',
    );
    expect((await change({ email: 'nope' })).error().error_data.details).toBe('email: must be an e-mail address.');
    expect((await api.call(`GET ${path()}`, { key: api.otherKey })).error().error_subcode).toBe(33);
  });
});

describe('GET /{phone_number_id}/groups', () => {
  it('lists with pages in Meta’s shape', async () => {
    const groups = [
      { groupId: '120363000000000001', subject: 'Time', createdAtMs: 1_700_000_000_000 },
      { groupId: '120363000000000002', subject: 'Outro' },
    ];
    const first = await answered(api.call(`GET /v23.0/${id}/groups?limit=1`), { type: 'groups', groups });
    expect(first.json).toMatchObject({
      data: { groups: [{ id: '120363000000000001', subject: 'Time', created_at: '1700000000' }] },
    });
    const next = new URL(String(at(first.json, 'paging', 'next')));
    const second = await answered(api.call(`GET ${next.pathname}${next.search}`), { type: 'groups', groups });
    expect(at(second.json, 'data')).toEqual({ groups: [{ id: '120363000000000002', subject: 'Outro' }] });
    expect((await api.call(`GET /${id}/groups`, { key: api.otherKey })).error().error_subcode).toBe(33);
  });
});

describe('/{phone_number_id}/settings', () => {
  it('shows what is so, takes it back and refuses anything else', async () => {
    const { json } = await api.call(`GET /v23.0/${id}/settings`);
    expect(json).toMatchObject({ calling: { status: 'disabled' }, storage_configuration: { status: 'default' } });
    expect((await api.call(`POST /${id}/settings`, { body: json as object })).json).toEqual({ success: true });
    const calling = { status: 'ENABLED' };
    expect((await api.call(`POST /${id}/settings`, { body: { calling } })).error().error_data.details).toBe(
      'calling.status: must be disabled.',
    );
    expect((await api.call(`GET /${id}/settings`, { key: api.otherKey })).error().error_subcode).toBe(33);
  });
});
