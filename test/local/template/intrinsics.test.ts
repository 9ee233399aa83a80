import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateCondition, type IntrinsicScope, NO_VALUE, resolve } from '../../../local/template/intrinsics.ts';

const scope: IntrinsicScope = {
  ref: (name) => (name === 'AWS::NoValue' ? NO_VALUE : `ref-${name}`),
  getAtt: (logicalId, attribute) => `${logicalId}/${attribute}`,
  condition: (name) => name === 'Yes',
  mapping: (map, top, second) => `${map}.${top}.${second}`,
  availabilityZones: ['a', 'b'],
};

describe('resolve', () => {
  it.each([
    [{ Ref: 'Queue' }, 'ref-Queue'],
    [{ 'Fn::GetAtt': ['Queue', 'Arn'] }, 'Queue/Arn'],
    [{ 'Fn::GetAtt': 'Queue.Outputs.A' }, 'Queue/Outputs.A'],
    [{ 'Fn::Join': ['-', ['a', { Ref: 'B' }, 1]] }, 'a-ref-B-1'],
    [{ 'Fn::Sub': `\${A}:\${B.Arn}:\${!C}:\${D}`.replaceAll('\\', '') }, `ref-A:B/Arn:\${C}:ref-D`],
    [{ 'Fn::Sub': [`\${X}-\${Y}`, { X: { Ref: 'Z' } }] }, 'ref-Z-ref-Y'],
    [{ 'Fn::Select': ['1', { 'Fn::Split': ['|', 'a|b|c'] }] }, 'b'],
    [{ 'Fn::Select': [0, { 'Fn::GetAZs': '' }] }, 'a'],
    [{ 'Fn::If': ['Yes', 'y', { 'Fn::ImportValue': 'not evaluated' }] }, 'y'],
    [{ 'Fn::FindInMap': ['M', { Ref: 'T' }, 's'] }, 'M.ref-T.s'],
    [{ 'Fn::Base64': 'pombo' }, 'cG9tYm8='],
    [{ a: { Ref: 'AWS::NoValue' }, b: [{ Ref: 'AWS::NoValue' }, 2] }, { b: [2] }],
  ])('resolves %j', (value, expected) => {
    expect(resolve(value, scope)).toEqual(expected);
  });

  it.each([
    [{ 'Fn::ImportValue': 'Other' }, 'another stack'],
    [{ 'Fn::Transform': {} }, 'Fn::Transform is not known'],
    ['{{resolve:ssm:/a}}', 'dynamic reference'],
    [{ 'Fn::Select': [3, ['a']] }, 'element 3'],
    [{ 'Fn::Join': ['', [{ a: 1 }]] }, 'needs a text'],
  ])('refuses %j with a sentence', (value, sentence) => {
    expect(() => resolve(value, scope)).toThrow(sentence);
  });

  it('leaves plain JSON as it is', () => {
    const plain = fc.jsonValue().filter((value) => !JSON.stringify(value).match(/Ref|Fn::|resolve:/));
    fc.assert(
      fc.property(plain, (value) => {
        expect(resolve(value, scope)).toEqual(value);
      }),
    );
  });
});

describe('evaluateCondition', () => {
  it.each([
    [{ 'Fn::Equals': [{ Ref: 'A' }, 'ref-A'] }, true],
    [{ 'Fn::Not': [{ Condition: 'Yes' }] }, false],
    [{ 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'No' }] }, false],
    [{ 'Fn::Or': [{ Condition: 'Yes' }, { Condition: 'No' }] }, true],
  ])('evaluates %j', (expression, expected) => {
    expect(evaluateCondition(expression, scope)).toBe(expected);
  });
});
