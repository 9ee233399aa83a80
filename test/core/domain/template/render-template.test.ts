import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TemplateMessageSchema } from '#core/contracts/api/templates/template-message.ts';
import type { TemplateRow } from '#core/contracts/rows/template-row.ts';
import { GraphError } from '#core/domain/graph-error.ts';
import { renderTemplate } from '#core/domain/template/render-template.ts';

type Template = Parameters<typeof renderTemplate>[0];
const template = (changes: Partial<Template> = {}): Template => ({
  name: 'order',
  language: 'pt_BR',
  status: 'APPROVED',
  parameterFormat: 'POSITIONAL',
  components: [{ type: 'BODY', text: 'Oi {{1}}, são {{2}} até {{3}}.' }],
  ...changes,
});
const withHeader = (format: 'TEXT' | 'IMAGE' | 'DOCUMENT' | 'LOCATION', text?: string): Template =>
  template({
    components: [
      { type: 'HEADER', format, ...(text ? { text } : {}) },
      { type: 'BODY', text: 'Oi.' },
    ],
  });
const withButtons = (buttons: Extract<TemplateRow['components'][number], { type: 'BUTTONS' }>['buttons']): Template =>
  template({
    components: [
      { type: 'BODY', text: 'Oi.' },
      { type: 'BUTTONS', buttons },
    ],
  });

const text = (value: string, parameter_name?: string) => ({ type: 'text', text: value, parameter_name });
/** As the API reads it. */
const render = (of: Template, components: unknown[] = []) =>
  renderTemplate(
    of,
    TemplateMessageSchema.parse({ name: 'order', language: { code: 'pt_BR' }, components }).components ?? [],
  );
const codeOf = (run: () => unknown): number | undefined => {
  try {
    run();
  } catch (error) {
    if (error instanceof GraphError) return error.code;
    throw error;
  }
  return undefined;
};

describe('a rendered template', () => {
  it('has its positional variables filled by texts, currencies and times', () => {
    const parameters = [
      text('Ana'),
      { type: 'currency', currency: { fallback_value: 'R$ 10,00', code: 'BRL', amount_1000: 10_000 } },
      { type: 'date_time', date_time: { fallback_value: '25 de dezembro' } },
    ];
    expect(render(template(), [{ type: 'BODY', parameters }])).toEqual({
      body: 'Oi Ana, são R$ 10,00 até 25 de dezembro.',
      buttons: [],
    });
  });

  it('has its named variables filled in any order', () => {
    const named = template({
      parameterFormat: 'NAMED',
      components: [{ type: 'BODY', text: 'Oi {{nome}}, {{nome}}: {{valor}}.' }],
    });
    const parameters = [text('10', 'valor'), text('Ana', 'nome')];
    expect(render(named, [{ type: 'body', parameters }]).body).toBe('Oi Ana, Ana: 10.');
    expect(codeOf(() => render(named, [{ type: 'body', parameters: [text('1', 'valor'), text('2')] }]))).toBe(131008);
    expect(codeOf(() => render(named, [{ type: 'body', parameters: [text('1', 'x'), text('2', 'nome')] }]))).toBe(
      132012,
    );
    expect(codeOf(() => render(named, [{ type: 'body', parameters: [text('1', 'nome'), text('2', 'nome')] }]))).toBe(
      132000,
    );
  });

  it('does not fill what a value brings', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[^\n\r\t ]{1,20}$/), fc.stringMatching(/^[^\n\r\t ]{1,20}$/), (one, other) => {
        const two = template({ components: [{ type: 'BODY', text: 'a {{1}} b {{2}} c' }] });
        const parameters = [text(one), text(other)];
        expect(render(two, [{ type: 'body', parameters }]).body).toBe(`a ${one} b ${other} c`);
      }),
    );
  });

  it('has a header of its format', () => {
    const image = { type: 'image', image: { link: 'https://a.example/i.png' } };
    const document = { type: 'document', document: { id: '123', filename: 'nota.pdf' } };
    const location = { type: 'location', location: { latitude: '-23.5', longitude: -46.6, name: 'Sé' } };
    const header = (format: Parameters<typeof withHeader>[0], parameter: object) =>
      render(withHeader(format), [{ type: 'header', parameters: [parameter] }]).header;
    expect(header('IMAGE', image)).toEqual({ type: 'image', media: image.image });
    expect(header('DOCUMENT', document)).toEqual({ type: 'document', media: document.document });
    expect(header('LOCATION', location)).toEqual({
      type: 'location',
      location: { latitude: -23.5, longitude: -46.6, name: 'Sé' },
    });
    expect(render(withHeader('TEXT', 'Pedido {{1}}'), [{ type: 'header', parameters: [text('42')] }]).header).toEqual({
      type: 'text',
      text: 'Pedido 42',
    });
    expect(codeOf(() => header('IMAGE', document))).toBe(132012);
    expect(codeOf(() => header('IMAGE', { type: 'image', image: {} }))).toBe(131008);
    expect(codeOf(() => header('IMAGE', { type: 'image', image: { id: '1', link: 'https://a.example' } }))).toBe(
      131009,
    );
    expect(codeOf(() => render(withHeader('IMAGE')))).toBe(132012);
    expect(codeOf(() => render(withHeader('TEXT', 'x'), [{ type: 'header', parameters: [image] }]))).toBe(132012);
  });

  it('has its buttons, with the payload that comes back', () => {
    const of = withButtons([
      { type: 'QUICK_REPLY', text: 'Sim' },
      { type: 'QUICK_REPLY', text: 'Não' },
      { type: 'URL', text: 'Abrir', url: 'https://a.example/{{1}}' },
      { type: 'PHONE_NUMBER', text: 'Ligar', phone_number: '551140041000' },
      { type: 'COPY_CODE', example: 'ABC' },
    ]);
    const components = [
      { type: 'button', sub_type: 'quick_reply', index: '1', parameters: [{ type: 'payload', payload: 'no' }] },
      { type: 'button', sub_type: 'url', index: 2, parameters: [text('42')] },
      { type: 'BUTTON', sub_type: 'COPY_CODE', index: 4, parameters: [{ type: 'coupon_code', coupon_code: 'NATAL' }] },
    ];
    expect(render(of, components).buttons).toEqual([
      { type: 'quick_reply', text: 'Sim', payload: 'Sim' },
      { type: 'quick_reply', text: 'Não', payload: 'no' },
      { type: 'url', text: 'Abrir', url: 'https://a.example/42' },
      { type: 'phone_number', text: 'Ligar', phoneNumber: '551140041000' },
      { type: 'copy_code', text: 'Copiar código', code: 'NATAL' },
    ]);
    const button = (change: object) => codeOf(() => render(of, [{ ...components[0], ...change }]));
    expect(codeOf(() => render(of))).toBe(131008);
    expect(button({ index: 5 })).toBe(131009);
    expect(button({ index: undefined })).toBe(131008);
    expect(button({ sub_type: 'url' })).toBe(132012);
    expect(button({ index: '' })).toBe(131009);
  });

  it('has nothing that a request says twice, or says where nothing is to be filled', () => {
    const twice = { type: 'body', parameters: [] };
    expect(codeOf(() => render(withHeader('TEXT', 'x'), [twice, twice]))).toBe(131009);
    const of = withButtons([
      { type: 'QUICK_REPLY', text: 'Sim' },
      { type: 'URL', text: 'Abrir', url: 'https://a.example' },
      { type: 'PHONE_NUMBER', text: 'Ligar', phone_number: '551140041000' },
    ]);
    const payload = { type: 'payload', payload: 'p' };
    const reply = { type: 'button', sub_type: 'quick_reply', index: 0, parameters: [payload] };
    expect(codeOf(() => render(of, [reply, reply]))).toBe(131009);
    expect(codeOf(() => render(of, [{ ...reply, parameters: [payload, payload] }]))).toBe(132000);
    expect(codeOf(() => render(of, [{ type: 'button', sub_type: 'url', index: 1, parameters: [text('a')] }]))).toBe(
      132000,
    );
    expect(codeOf(() => render(of, [{ type: 'button', index: 2, parameters: [text('a')] }]))).toBe(132000);
    expect(codeOf(() => render(of, [reply]))).toBeUndefined();
  });

  it('takes no place without coordinates for one at 0, 0', () => {
    const at = (latitude: unknown) => {
      const location = { latitude, longitude: 0 };
      const components = [{ type: 'header', parameters: [{ type: 'location', location }] }];
      return TemplateMessageSchema.safeParse({ name: 'order', language: { code: 'pt_BR' }, components }).success;
    };
    expect([0, '0', '', null, true].map(at)).toEqual([true, true, false, false, false]);
  });

  it('of a one-time password copies the code, as Meta’s clients send it', () => {
    const of = template({
      components: [
        { type: 'BODY', text: 'Seu código é *{{1}}*.' },
        { type: 'BUTTONS', buttons: [{ type: 'OTP', otp_type: 'COPY_CODE', text: 'Copiar' }] },
      ],
    });
    const parameters = [text('J$Fp1')];
    expect(
      render(of, [
        { type: 'body', parameters },
        { type: 'button', sub_type: 'url', index: 0, parameters },
      ]),
    ).toEqual({
      body: 'Seu código é *J$Fp1*.',
      buttons: [{ type: 'copy_code', text: 'Copiar', code: 'J$Fp1' }],
    });
  });

  it('is refused with Meta’s codes', () => {
    const body = (...parameters: unknown[]) => codeOf(() => render(template(), [{ type: 'body', parameters }]));
    expect(codeOf(() => render(template()))).toBe(132000);
    expect(body(text('1'), text('2'))).toBe(132000);
    expect(body(text('1'), text('2'), { type: 'payload', payload: 'x' })).toBe(132012);
    expect(body(text('1'), text('2'), text('a\nb'))).toBe(132007);
    expect(body(text('1'), text('2'), text('a     b'))).toBe(132007);
    expect(body(text('1'), text('2'), text(''))).toBe(131008);
    expect(codeOf(() => render(template({ status: 'PAUSED' })))).toBe(132015);
    expect(codeOf(() => render(template({ status: 'DISABLED' })))).toBe(132016);
    const beside = template({
      components: [
        { type: 'BODY', text: 'Oi {{1}}.' },
        { type: 'FOOTER', text: 'Loja' },
      ],
    });
    expect(codeOf(() => render(beside, [{ type: 'body', parameters: [text('a'.repeat(1021))] }]))).toBe(132005);
    expect(render(beside, [{ type: 'body', parameters: [text('a'.repeat(1020))] }]).footer).toBe('Loja');
  });
});
