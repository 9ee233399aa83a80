import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { at } from '../../support/pombo.ts';
import { type ApiTestBed, startApi } from '../support/api-test-bed.ts';

const shipped = {
  name: 'order_shipped',
  language: 'pt_BR',
  category: 'UTILITY',
  allow_category_change: true,
  components: [
    { type: 'HEADER', format: 'IMAGE', example: { header_handle: ['4::aW1hZ2U'] } },
    { type: 'body', text: 'Olá {{1}}, o pedido {{2}} saiu.', example: { body_text: [['Ana', '42']] } },
    { type: 'FOOTER', text: 'Loja do Zé' },
    {
      type: 'BUTTONS',
      buttons: [
        { type: 'quick_reply', text: 'Parar' },
        { type: 'URL', text: 'Rastrear', url: 'https://loja.example/r/{{1}}', example: ['42'] },
        { type: 'PHONE_NUMBER', text: 'Ligar', phone_number: '+551140041000' },
      ],
    },
  ],
};
const hello = (name: string, language = 'pt_BR') => ({
  name,
  language,
  category: 'MARKETING',
  components: [{ type: 'BODY', text: 'Oi.' }],
});

describe('message_templates', () => {
  let api: ApiTestBed;
  let waba = '';
  beforeAll(async () => {
    api = await startApi();
  }, 60_000);
  afterAll(() => api.aws.stop());
  beforeEach(async () => {
    await api.reset();
    waba = (await api.call('GET /me')).text('id');
  });
  const create = async (body: object): Promise<string> => {
    const answer = await api.call(`POST /v23.0/${waba}/message_templates`, { body });
    expect(answer.json).toMatchObject({ status: 'APPROVED', id: expect.stringMatching(/^\d{19}$/) });
    return answer.text('id');
  };

  it('are approved at once and come back as Meta shows them, in capitals', async () => {
    const id = await create(shipped);
    const { json } = await api.call(`GET /${id}`);
    expect(json).toEqual({
      id,
      name: 'order_shipped',
      language: 'pt_BR',
      category: 'UTILITY',
      status: 'APPROVED',
      parameter_format: 'POSITIONAL',
      components: [
        shipped.components[0],
        { ...shipped.components[1], type: 'BODY' },
        shipped.components[2],
        {
          type: 'BUTTONS',
          buttons: [{ type: 'QUICK_REPLY', text: 'Parar' }, ...(shipped.components[3]?.buttons?.slice(1) ?? [])],
        },
      ],
    });
    expect((await api.call(`GET /v23.0/${id}?fields=name,status,nonsense`)).json).toEqual({
      id,
      name: 'order_shipped',
      status: 'APPROVED',
    });
  });

  it('are paged in both directions and filtered', async () => {
    const names = Array.from({ length: 5 }, (_, index) => `hello_${index}`);
    const ids: string[] = [];
    for (const name of names) ids.push(await create(hello(name)));
    const wanted = [...ids].sort();
    const path = `/v23.0/${waba}/message_templates`;
    const first = await api.call(`GET ${path}?limit=2&access_token=secret`);
    expect(at(first.json, 'paging', 'previous')).toBeUndefined();
    const next = new URL(String(at(first.json, 'paging', 'next')));
    expect(next.search).not.toContain('secret');
    const second = await api.call(`GET ${next.pathname}${next.search}`);
    const previous = new URL(String(at(second.json, 'paging', 'previous')));
    expect((await api.call(`GET ${previous.pathname}${previous.search}`)).json).toMatchObject({
      data: wanted.slice(0, 2).map((id) => ({ id })),
    });
    const third = new URL(String(at(second.json, 'paging', 'next')));
    const last = await api.call(`GET ${third.pathname}${third.search}`);
    expect(at(last.json, 'paging', 'next')).toBeUndefined();
    const seen = [first, second, last].flatMap(({ json }) => at(json, 'data') as { id: string }[]);
    expect(seen.map(({ id }) => id)).toEqual(wanted);

    const list = async (query: string) => at((await api.call(`GET ${path}?${query}`)).json, 'data');
    expect(await list('name=hello_3&fields=name')).toEqual([{ id: ids[3], name: 'hello_3' }]);
    expect(await list('status=approved')).toHaveLength(5);
    expect(await list('status=REJECTED')).toEqual([]);
    expect(await list('content=nada')).toEqual([]);
    expect((await api.call(`GET ${path}?after=zzz`)).error().code).toBe(100);
    expect((await api.call(`GET ${path}?after=YQ&before=YQ`)).error().code).toBe(100);
  });

  it('change, pause and go, by name with all languages or one by hsm_id', async () => {
    const portuguese = await create(hello('hello'));
    const english = await create(hello('hello', 'en'));
    const body = { components: [{ type: 'BODY', text: 'Olá!' }], status: 'paused' };
    expect((await api.call(`POST /${portuguese}`, { body })).json).toEqual({ success: true });
    expect((await api.call(`GET /${portuguese}`)).json).toMatchObject({
      status: 'PAUSED',
      components: body.components,
    });
    expect(
      (await api.call(`POST /${waba}/message_templates`, { body: hello('hello') })).error().error_data.details,
    ).toBe('name: there is already a template hello in pt_BR.');
    const remove = (query: string) => api.call(`DELETE /v23.0/${waba}/message_templates?${query}`);
    expect((await remove(`name=hello&hsm_id=${english}`)).json).toEqual({ success: true });
    expect((await api.call(`GET /${english}`)).error()).toMatchObject({ code: 100, error_subcode: 33 });
    expect((await api.call(`GET /${portuguese}`)).status).toBe(200);
    expect((await remove('name=hello')).json).toEqual({ success: true });
    expect((await remove('name=hello')).error().code).toBe(100);
    expect((await remove('')).error().error_data.details).toBe('name: is required.');
  });

  it('fill in the texts of one-time passwords', async () => {
    const otp = {
      name: 'code',
      language: 'pt_BR',
      category: 'authentication',
      components: [
        { type: 'BODY', add_security_recommendation: true },
        { type: 'FOOTER', code_expiration_minutes: 10 },
        { type: 'BUTTONS', buttons: [{ type: 'OTP', otp_type: 'copy_code', text: 'Copiar' }] },
      ],
    };
    const { json } = await api.call(`GET /${await create(otp)}`);
    expect(at(json, 'components', 0, 'text')).toBe(
      'Seu código de verificação é *{{1}}*. Para sua segurança, não o compartilhe.',
    );
    expect(at(json, 'components', 1, 'text')).toBe('Este código expira em 10 minutos.');
  });

  const body = (text: string, example?: object) => ({ type: 'BODY', text, ...(example ? { example } : {}) });
  const header = { type: 'HEADER', format: 'TEXT' };
  const buttons = (...all: object[]) => ({ type: 'BUTTONS', buttons: all });
  const url = { type: 'URL', text: 'Abrir', url: 'https://a.example' };
  const reply = { type: 'QUICK_REPLY', text: 'Sim' };
  it.each([
    ['no body', [{ type: 'FOOTER', text: 'x' }], 'components: must have one component of type BODY.'],
    ['two bodies', [body('a'), body('b')], 'components: must have one component of type BODY.'],
    ['an unknown component', [{ type: 'CAROUSEL' }], 'components.0.type: '],
    ['a gap in the variables', [body('{{2}} a')], 'components.0.text: variables must be {{1}}, {{2}}'],
    ['a variable at the end', [body('Oi {{1}}', { body_text: [['A']] })], 'must not begin or end with a variable'],
    ['no example', [body('Oi {{1}}!')], 'components.0.example.body_text: needs 1 examples'],
    ['an open variable', [body('Oi {{1}!')], 'has a variable that is not closed'],
    ['too long a body', [body('a'.repeat(1025))], 'components.0.text: must have at most 1024 characters.'],
    ['too long a header', [{ ...header, text: 'a'.repeat(61) }, body('a')], 'must have at most 60 characters'],
    ['two variables above', [{ ...header, text: '{{1}} {{2}}' }, body('a')], 'must have at most one variable'],
    [
      'a variable below',
      [body('a'), { type: 'FOOTER', text: 'x {{1}}' }],
      'components.1.text: must have no variables.',
    ],
    [
      'eleven buttons',
      [body('a'), buttons(...Array.from({ length: 11 }, () => reply))],
      'must have from 1 to 10 buttons',
    ],
    ['three addresses', [body('a'), buttons(url, url, url)], 'must have at most 2 of type URL'],
    ['mixed buttons', [body('a'), buttons(reply, url, reply)], 'must stand together'],
    [
      'an address without example',
      [body('a'), buttons({ ...url, url: 'https://a.example/{{1}}' })],
      'needs an example',
    ],
    ['no address', [body('a'), buttons({ ...url, url: 'ftp://a' })], 'components.1.buttons.0.url: must be an address'],
    ['a code elsewhere', [body('a'), buttons({ type: 'OTP', otp_type: 'COPY_CODE' })], 'belongs to the category'],
    [
      'no phone',
      [body('a'), buttons({ type: 'PHONE_NUMBER', text: 'x', phone_number: 'y' })],
      'must be a phone number',
    ],
  ])('refuse %s and name the component', async (_what, components, details) => {
    const answer = await api.call(`POST /${waba}/message_templates`, { body: { ...hello('x'), components } });
    expect(answer.status).toBe(400);
    expect(answer.error()).toMatchObject({ code: 100, error_data: { details: expect.stringContaining(details) } });
  });

  it('of one account are not there for another', async () => {
    const id = await create(hello('hello'));
    const key = api.otherKey;
    const calls = [
      ['GET', `/${id}`],
      ['POST', `/${id}`],
      ['GET', `/${waba}/message_templates`],
      ['POST', `/${waba}/message_templates`],
      ['DELETE', `/${waba}/message_templates?name=hello`],
    ] as const;
    for (const [method, path] of calls) {
      const answer = await api.call(`${method} ${path}`, {
        key,
        ...(method === 'POST' ? { body: hello('hello') } : {}),
      });
      expect(answer.error(), `${method} ${path}`).toMatchObject({ code: 100, error_subcode: 33 });
    }
    expect((await api.call(`GET /${id}`)).status).toBe(200);
  });
});
