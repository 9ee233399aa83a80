import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePattern } from '../../../local/iam/pattern.ts';
import { requestContext } from '../../../local/iam/request-context.ts';

const NONE = requestContext({});

/** What `*` and `?` mean, said as simply as it can be. */
function model(pattern: readonly string[], text: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return text.length === 0;
  if (first === '*') return model(rest, text) || (text.length > 0 && model(pattern, text.slice(1)));
  return text.length > 0 && (first === '?' || first === text[0]) && model(rest, text.slice(1));
}

const text = (...characters: string[]): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...characters), { maxLength: 8 }).map((list) => list.join(''));

describe('parsePattern', () => {
  it('matches what a small model matches', () => {
    const patterns = text('a', 'b', ':', '.', '*', '?', '\\', '+', '(');
    fc.assert(
      fc.property(patterns, text('a', 'b', ':', '.', '\\', '+', '('), (pattern, value) => {
        expect(parsePattern(pattern).matches(value, NONE)).toBe(model(Array.from(pattern), Array.from(value)));
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes wildcards as they are when the operator has none', () => {
    const pattern = parsePattern('a*', { wildcards: false });
    expect([pattern.matches('a*', NONE), pattern.matches('ab', NONE)]).toEqual([true, false]);
  });

  it('does not tell upper from lower case of actions, and does of resources', () => {
    expect(parsePattern('SQS:send*', { ignoreCase: true }).matches('sqs:SendMessage', NONE)).toBe(true);
    expect(parsePattern('arn:aws:s3:::Bucket').matches('arn:aws:s3:::bucket', NONE)).toBe(false);
  });

  it.each([
    ['${*}', '*', true],
    ['${*}', 'a', false],
    ['${?}', '?', true],
    ['${$}{a}', '${a}', true],
  ])('reads %s as the character itself', (pattern, value, matches) => {
    expect(parsePattern(pattern).matches(value, NONE)).toBe(matches);
  });

  it('fills variables in from the request, wildcards in the value included as they are', () => {
    const pattern = parsePattern('${aws:PrincipalAccount}/*');
    const context = requestContext({ 'AWS:principalaccount': '1*' });
    expect(pattern.matches('1*/x', context)).toBe(true);
    expect(pattern.matches('12/x', context)).toBe(false);
    expect(pattern.matches('/x', NONE)).toBe(false);
  });

  it('refuses a variable that no request carries', () => {
    expect(() => parsePattern('home/${aws:username}')).toThrow(/variable \$\{aws:username\}.*condition-keys/);
  });
});
