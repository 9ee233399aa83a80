import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPageHead } from '../../../functions/fetch-media/page/page-head.ts';
import { pageTextOf } from '../../../functions/fetch-media/page/page-text.ts';
import { allowedMs } from '../../support/allowed-ms.ts';

describe('what a page says of itself', () => {
  it('is in its og: tags before anything else', () => {
    const page = `<!doctype html><html><head><title>Aba</title>
      <meta name="description" content="para buscadores">
      <meta property="og:title" content="Suculentas &amp; cactos">
      <META CONTENT='Tudo sobre &#233;les, de A a Z' PROPERTY='og:description' />
      <meta property=og:image content=/capa.jpg>
      <meta property="og:image" content="/segunda.jpg"></head>`;
    expect(readPageHead(page)).toEqual({
      title: 'Suculentas & cactos',
      description: 'Tudo sobre éles, de A a Z',
      image: '/capa.jpg',
    });
  });

  it('is its title and description where there are none', () => {
    expect(readPageHead('<title>\n  Loja\n  do Jo&atilde;o</title><meta name=description content="Flores">')).toEqual({
      title: 'Loja do João',
      description: 'Flores',
    });
    expect(
      readPageHead('<meta name="twitter:title" content="Pio"><meta name="twitter:image" content="x.png">'),
    ).toEqual({
      title: 'Pio',
      image: 'x.png',
    });
  });

  it('does not stand in comments, scripts and the body, nor in another tag', () => {
    const page = `<!-- <meta property="og:title" content="a"> --><script>x = '<meta property="og:title" content="b">'</script>
      <noscript><meta property="og:title" content="c"></noscript><metax property="og:title" content="d">
      <link title='> <meta property="og:title" content="e">'><title><b>f</b></title></head>
      <meta property="og:title" content="g">`;
    expect(readPageHead(page)).toEqual({ title: '<b>f</b>' });
    expect(readPageHead('<body><title>g</title>')).toEqual({});
  });

  it('is cut to a length, and has nothing in it that does not show', () => {
    const { title = '', description = '' } = readPageHead(
      `<title>${'á'.repeat(500)}</title><meta name=description content="a\u202Eb\u0000 \t c${'x'.repeat(5000)}">`,
    );
    expect(title).toHaveLength(150);
    expect(title.endsWith('…')).toBe(true);
    expect(description.startsWith('a b c')).toBe(true);
    expect(readPageHead('<title> &nbsp; </title>')).toEqual({});
  });

  it('is whatever of it came before the page was cut off', () => {
    expect(readPageHead('<meta property="og:title" content="Inteiro"><meta property="og:desc')).toEqual({
      title: 'Inteiro',
    });
    expect(readPageHead('<title>Sem fim')).toEqual({ title: 'Sem fim' });
  });

  it('takes no time, however it is written', () => {
    const hostile = [
      '<',
      '<!--',
      '<meta ',
      '<meta a="',
      '<script>',
      '<title>',
      '<meta a=\'b"c ',
      '&',
      '&#x',
      '<meta content=x ',
    ];
    for (const piece of hostile) {
      const startedAt = performance.now();
      readPageHead(piece.repeat((512 * 1024) / piece.length));
      expect(performance.now() - startedAt).toBeLessThan(allowedMs(2000));
    }
  });

  it('never makes it fail', () => {
    const words = fc.constantFrom(
      '<',
      '>',
      '"',
      "'",
      '=',
      '/',
      'meta',
      'title',
      'og:title',
      ' content',
      ' property',
      '&#0;',
      '&#x110000;',
      '&lt;',
      '\ud800',
      '-->',
      '<!--',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(words, fc.string())), (pieces) => {
        const { title = '', description = '' } = readPageHead(pieces.join(''));
        expect(title.isWellFormed() && description.isWellFormed()).toBe(true);
      }),
    );
  });
});

describe('the letters of a page', () => {
  it('are those that the answer names, else those that the page names, else UTF-8', () => {
    const latin = Buffer.from('<meta charset=iso-8859-1><title>ação</title>', 'latin1');
    expect(pageTextOf(latin, 'text/html')).toContain('ação');
    expect(pageTextOf(Buffer.from('ação', 'latin1'), 'text/html; charset="windows-1252"')).toBe('ação');
    expect(pageTextOf(Buffer.from('ação'), 'text/html')).toBe('ação');
    expect(pageTextOf(Buffer.from('ação'), 'text/html; charset=klingon')).toBe('ação');
  });
});
