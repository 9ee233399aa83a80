import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { languageOf } from '../../../functions/sessions/language.ts';

describe('languageOf', () => {
  it.each([
    [undefined, 'en'],
    ['', 'en'],
    ['*', 'en'],
    ['de', 'en'],
    ['pt', 'pt-BR'],
    ['pt-PT', 'pt-BR'],
    ['PT-br', 'pt-BR'],
    ['en-GB,en;q=0.9,pt;q=0.8', 'en'],
    ['de, pt;q=0.2', 'pt-BR'],
    ['en;q=0.3, pt-BR;q=0.7', 'pt-BR'],
    ['pt;q=0', 'en'],
    ['pt;q=much', 'en'],
  ])('reads %j as %s', (header, language) => {
    expect(languageOf(header)).toBe(language);
  });

  it('answers one of ours, whatever is written', () => {
    fc.assert(fc.property(fc.string(), (header) => ['en', 'pt-BR'].includes(languageOf(header))));
  });
});
