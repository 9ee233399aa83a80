import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ApiTestBed, startApi } from '../support/api-test-bed.ts';

const greeting = {
  name: 'greeting',
  language: 'pt_BR',
  category: 'MARKETING',
  components: [
    { type: 'BODY', text: 'Oi {{1}}!', example: { body_text: [['Ana']] } },
    { type: 'BUTTONS', buttons: [{ type: 'QUICK_REPLY', text: 'Parar' }] },
  ],
};

describe('messages of type template', () => {
  let api: ApiTestBed;
  let waba = '';
  beforeAll(async () => {
    api = await startApi();
  }, 60_000);
  afterAll(() => api.aws.stop());
  beforeEach(async () => {
    await api.reset();
    waba = (await api.call('GET /me')).text('id');
    await api.call(`POST /${waba}/message_templates`, { body: greeting });
  });
  const messageOf = (parameters: object[], language = 'pt_BR') => ({
    messaging_product: 'whatsapp',
    to: '5511987654321',
    type: 'template',
    template: {
      name: 'greeting',
      language: { code: language, policy: 'deterministic' },
      components: [{ type: 'body', parameters }],
    },
  });

  it('are rendered here, and a tap on their buttons comes back as Meta’s button', async () => {
    const id = await api.newSession({ status: 'open' });
    const body = messageOf([{ type: 'text', text: 'Zé' }]);
    expect((await api.call(`POST /${id}/messages`, { body })).status).toBe(200);
    expect(await api.aws.takeOutbound()).toMatchObject([
      {
        type: 'message.send',
        content: {
          type: 'interactive',
          answerAs: 'button',
          interactive: {
            type: 'buttons',
            body: 'Oi Zé!',
            buttons: [{ type: 'reply', id: 'Parar', title: 'Parar' }],
          },
        },
      },
    ]);
  });

  it('are refused with Meta’s codes', async () => {
    const id = await api.newSession({ status: 'open' });
    const refusal = async (body: object) => {
      const { status, error } = await api.call(`POST /${id}/messages`, { body });
      return { status, code: error().code, details: error().error_data.details };
    };
    expect(await refusal(messageOf([]))).toEqual({
      status: 400,
      code: 132000,
      details: 'body: number of localizable_params (0) does not match the expected number of params (1).',
    });
    expect(await refusal(messageOf([{ type: 'text', text: 'Zé' }], 'en'))).toEqual({
      status: 404,
      code: 132001,
      details: 'template.name: template name (greeting) does not exist in en.',
    });
    expect(await refusal({ ...messageOf([]), template: { name: 'greeting' } })).toMatchObject({ code: 131008 });
    expect(await api.aws.takeOutbound()).toEqual([]);
  });

  it('never find the template of another account', async () => {
    await api.reset();
    const id = await api.newSession({ status: 'open' });
    const { error } = await api.call(`POST /${id}/messages`, { body: messageOf([{ type: 'text', text: 'Zé' }]) });
    expect(error().code).toBe(132001);
  });
});
