import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConditions } from '../../../local/iam/conditions.ts';
import { requestContext } from '../../../local/iam/request-context.ts';

const KEY = 'aws:SourceArn';
const TOPIC = 'arn:aws:sns:us-east-1:000000000000:Alarms';

type Values = string | readonly string[] | undefined;

/** Whether one condition holds for a request that carries `actual`. */
function holds(operator: string, wanted: string | string[], actual: Values, key = KEY): boolean {
  const [condition] = parseConditions({ [operator]: { [key]: [wanted].flat() } });
  return condition!(requestContext({ [key]: actual }));
}

describe('parseConditions', () => {
  it.each([
    ['StringEquals', 'a', 'a', true],
    ['StringEquals', ['b', 'a'], 'a', true],
    ['StringEquals', 'A', 'a', false],
    ['StringEquals', 'a*', 'ab', false],
    ['StringEqualsIgnoreCase', 'A', 'a', true],
    ['StringNotEquals', 'a', 'a', false],
    ['StringNotEquals', ['a', 'b'], 'b', false],
    ['StringNotEquals', ['a', 'b'], 'c', true],
    ['StringNotEqualsIgnoreCase', 'A', 'a', false],
    ['StringLike', 'a?c*', 'abcd', true],
    ['StringNotLike', 'a*', 'ab', false],
    ['NumericEquals', '10', '10.0', true],
    ['NumericNotEquals', '10', '10', false],
    ['NumericLessThan', '10', '9', true],
    ['NumericLessThan', '10', '10', false],
    ['NumericLessThanEquals', '10', '10', true],
    ['NumericGreaterThan', '10', '10', false],
    ['NumericGreaterThan', '9', '10', true],
    ['NumericGreaterThanEquals', '10', '10', true],
    ['NumericGreaterThanEquals', '10', 'many', false],
    ['DateEquals', '2026-11-20T00:00:00Z', '1795132800', true],
    ['DateNotEquals', '2026-11-20T00:00:00Z', '2026-11-20T00:00:01Z', true],
    ['DateLessThan', '2026-11-20T00:00:00Z', '2026-11-19T23:59:59Z', true],
    ['DateLessThanEquals', '2026-11-20T00:00:00Z', '2026-11-20T00:00:00Z', true],
    ['DateGreaterThan', '2026-11-20T00:00:00Z', '2026-11-20T00:00:00Z', false],
    ['DateGreaterThanEquals', '2026-11-20T00:00:00Z', '2026-11-20T00:00:00Z', true],
    ['Bool', 'true', 'True', true],
    ['Bool', 'false', 'true', false],
    ['ArnLike', 'arn:aws:sns:*:000000000000:Al*', TOPIC, true],
    ['ArnEquals', 'arn:aws:sns:*:*:*', TOPIC, true],
    ['ArnLike', 'arn:aws:sns:*:Alarms', TOPIC, 'error'],
    ['ArnLike', 'arn:aws:s*:us-east-1:000000000000:Alarms', 'arn:aws:s:x:us-east-1:000000000000:Alarms', false],
    ['ArnLike', '*', 'anything', true],
    ['ArnNotLike', 'arn:aws:sns:*:*:*', TOPIC, false],
    ['ArnNotEquals', 'arn:aws:sns:*:*:Other', TOPIC, true],
    ['Null', 'false', 'a', true],
    ['Null', 'true', 'a', false],
  ])('%s %s of a request with %s is %s', (operator, wanted, actual, result) => {
    if (result === 'error') expect(() => holds(operator, wanted, actual)).toThrow(/can't take the value/);
    else expect(holds(operator, wanted, actual)).toBe(result);
  });

  it.each([
    ['StringEquals', false],
    ['StringNotEquals', true],
    ['StringEqualsIfExists', true],
    ['StringNotLike', true],
    ['ArnLike', false],
    ['ArnNotLike', true],
    ['Bool', false],
    ['BoolIfExists', true],
    ['NumericLessThan', false],
    ['NumericNotEquals', true],
    ['DateLessThan', false],
    ['DateLessThanIfExists', true],
    ['ForAnyValue:StringEquals', false],
    ['ForAnyValue:StringNotEquals', false],
    ['ForAllValues:StringEquals', true],
    ['Null', true],
  ])('%s is %s when the request lacks the key', (operator, result) => {
    const wanted = operator.startsWith('Arn')
      ? TOPIC
      : operator.startsWith('Numeric')
        ? '1'
        : operator.startsWith('Date')
          ? '2026-11-20'
          : 'true';
    expect(holds(operator, wanted, undefined)).toBe(result);
    expect(holds(operator, wanted, [])).toBe(result);
  });

  it.each([
    ['ForAllValues:StringEquals', ['a', 'b'], ['a'], true],
    ['ForAllValues:StringEquals', ['a'], ['a', 'b'], false],
    ['ForAnyValue:StringEquals', ['a'], ['b', 'a'], true],
    ['ForAnyValue:StringEquals', ['a'], ['b'], false],
    ['ForAllValues:StringNotEquals', ['a'], ['b', 'a'], false],
    ['ForAnyValue:StringNotEquals', ['a'], ['b', 'a'], true],
    ['ForAllValues:StringLike', ['a*'], ['ab', 'ac'], true],
  ])('%s %s of %s is %s', (operator, wanted, actual, result) => {
    expect(holds(operator, wanted, actual, 'kms:EncryptionContextKeys')).toBe(result);
  });

  it('says the opposite with Not for every value that a request carries', () => {
    const word = fc.string({ maxLength: 3 }).filter((value) => !value.includes('$'));
    const pairs = fc.constantFrom(
      ['StringEquals', 'StringNotEquals'],
      ['StringLike', 'StringNotLike'],
      ['StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase'],
    );
    fc.assert(
      fc.property(
        pairs,
        fc.array(word, { minLength: 1, maxLength: 3 }),
        word,
        ([yes = '', no = ''], wanted, actual) => {
          expect(holds(no, wanted, actual)).toBe(!holds(yes, wanted, actual));
          expect(holds(`${yes}IfExists`, wanted, actual)).toBe(holds(yes, wanted, actual));
        },
      ),
    );
  });

  it('fills variables into ARNs without splitting them at the colon of their names', () => {
    const [condition] = parseConditions({ ArnLike: { [KEY]: ['arn:aws:sns:*:${aws:PrincipalAccount}:Alarms'] } });
    const from = (account: string) => requestContext({ [KEY]: TOPIC, 'aws:PrincipalAccount': account });
    expect([condition!(from('000000000000')), condition!(from('111111111111'))]).toEqual([true, false]);
  });

  it('needs all lines of a block', () => {
    const conditions = parseConditions({
      StringEquals: { 'aws:SourceAccount': ['1'] },
      Bool: { 'aws:SecureTransport': ['true'] },
    });
    expect(conditions).toHaveLength(2);
  });

  it.each([
    ['IpAddress', 'aws:SecureTransport', 'true', /operator IpAddress, which is not evaluated/],
    ['stringEquals', 'aws:SecureTransport', 'true', /operator stringEquals, which is not evaluated/],
    ['ForSomeValues:StringEquals', 'aws:SecureTransport', 'true', /is not evaluated/],
    ['NullIfExists', 'aws:SecureTransport', 'true', /is not evaluated/],
    ['StringEquals', 'aws:SourceIp', '::1', /condition on aws:SourceIp, which no request carries/],
    ['StringEquals', 'kms:EncryptionContext:', 'a', /which no request carries/],
    ['StringEquals', 'kms:EncryptionContextKeys', 'a', /needs ForAllValues or ForAnyValue/],
    ['Bool', 'aws:SecureTransport', 'yes', /can't take the value "yes"/],
    ['NumericEquals', 'aws:EpochTime', 'soon', /can't take the value "soon"/],
    ['DateLessThan', 'aws:CurrentTime', 'soon', /can't take the value "soon"/],
    ['Null', 'aws:SourceArn', 'maybe', /needs true or false/],
  ])('refuses %s of %s %s', (operator, key, value, message) => {
    expect(() => parseConditions({ [operator]: { [key]: [value] } })).toThrow(message);
  });
});
