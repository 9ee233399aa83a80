import { describe, expect, it } from 'vitest';
import { firstLinkOf } from '#core/domain/first-link.ts';

describe('the first address of a text', () => {
  it.each([
    ['Veja https://example.com/a?b=c#d e http://b.com', 'https://example.com/a?b=c#d'],
    ['(https://example.com/a_(b)).', 'https://example.com/a_(b)'],
    ['*https://example.com/x*, olha!', 'https://example.com/x'],
    ['“https://example.com/ção”', 'https://example.com/ção'],
    ['HTTPS://EXAMPLE.COM', 'HTTPS://EXAMPLE.COM'],
    ['em https://example.com?', 'https://example.com'],
  ])('of %s is %s', (text, link) => expect(firstLinkOf(text)).toBe(link));

  it.each([
    'oi',
    'www.example.com',
    'ftp://example.com',
    'https://',
    'https://localhost/x',
    'https://a:b@example.com/',
    `https://example.com/${'a'.repeat(2048)}`,
  ])('is none in %s', (text) => expect(firstLinkOf(text)).toBeUndefined());

  it('that can not be fetched is not followed by another', () => {
    expect(firstLinkOf('http://localhost https://example.com')).toBeUndefined();
  });
});
