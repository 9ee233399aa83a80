import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OutboundContent } from '#core/contracts/outbound-command.ts';
import { choiceOf, choicesOf } from '../../../connector/choices/choices.ts';
import { numberedTextOf } from '../../../connector/whatsapp/map-outbound/numbered-text.ts';

type Interactive = Extract<OutboundContent, { readonly type: 'interactive' }>['interactive'];

const word = fc.stringMatching(/^[A-Za-zÀ-ÿ]{1,12}$/);
const row = fc.record({ id: word, title: word });
const buttons = fc
  .uniqueArray(row, { minLength: 1, maxLength: 3, selector: ({ id }) => id })
  .map((replies): Interactive => {
    const all = replies.map((reply) => ({ type: 'reply', ...reply }) as const);
    return { type: 'buttons', body: 'x', buttons: [{ type: 'url', title: 'Ver', url: 'https://a.b' }, ...all] };
  });
const list = fc
  .array(fc.array(row, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })
  .map((sections): Interactive => {
    return { type: 'list', body: 'x', button: 'Ver', sections: sections.map((rows) => ({ title: 'S', rows })) };
  });

const options = [
  { id: 'a', title: 'Azul' },
  { id: 'n', title: 'NÃO' },
  { id: 't', title: '1' },
];

describe('choices', () => {
  it('have the numbers that the text shows', () => {
    fc.assert(
      fc.property(fc.oneof(buttons, list), (interactive) => {
        const choices = choicesOf({ type: 'interactive', interactive });
        const text = numberedTextOf(interactive);
        expect(choices?.options.length).toBeGreaterThan(0);
        choices?.options.forEach((option, index) => {
          expect(text).toContain(`*${index + 1}.* ${option.title}`);
          expect(choiceOf(`${index + 1}`, choices)).toEqual(option);
        });
        expect(choiceOf(`${(choices?.options.length ?? 0) + 1}`, { options: choices?.options ?? [] })).toBeUndefined();
      }),
    );
  });

  it.each([
    ['2', 'n'],
    [' 2. ', 'n'],
    ['(2)', 'n'],
    ['*2*', 'n'],
    ['2️⃣', 'n'],
    ['2º', 'n'],
    ['azul', 'a'],
    ['não', 'n'],
    // The title says more than the number.
    ['1', 't'],
    ['0', undefined],
    ['9', undefined],
    ['12 pizzas', undefined],
    ['talvez', undefined],
    ['', undefined],
  ])('%j is %s', (text, id) => {
    expect(choiceOf(text, { options })?.id).toBe(id);
  });

  it('that have one title twice are told by their number only', () => {
    const twins = [
      { id: 'a', title: 'Sim' },
      { id: 'b', title: 'sim' },
    ];
    expect(choiceOf('Sim', { options: twins })).toBeUndefined();
    expect(choiceOf('2', { options: twins })?.id).toBe('b');
  });

  it('are none where nothing can be answered', () => {
    const interactive = { type: 'location_request', body: 'x' } as const;
    expect(choicesOf({ type: 'interactive', interactive })).toBeUndefined();
    expect(choicesOf({ type: 'text', text: { body: 'x', previewUrl: false } })).toBeUndefined();
  });
});
