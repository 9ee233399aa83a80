import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AwsError } from '../../../local/aws/json-protocol.ts';
import { parseQuery } from '../../../local/aws/query-protocol.ts';

describe('parseQuery', () => {
  it('builds lists, maps of both spellings and structures', () => {
    const body = [
      'Action=Publish',
      'Attributes.entry.1.key=a',
      'Attributes.entry.1.value=1',
      'MessageAttributes.entry.1.Name=kind',
      'MessageAttributes.entry.1.Value.DataType=String',
      'MessageAttributes.entry.1.Value.StringValue=x%26y',
      ...Array.from({ length: 11 }, (_, n) => `Entries.member.${n + 1}.Id=e${n + 1}`),
    ];
    expect(parseQuery(body.join('&'))).toEqual({
      Action: 'Publish',
      Attributes: { a: '1' },
      MessageAttributes: { kind: { DataType: 'String', StringValue: 'x&y' } },
      Entries: Array.from({ length: 11 }, (_, n) => ({ Id: `e${n + 1}` })),
    });
  });

  it('answers or refuses whatever it is given, and touches no prototype', () => {
    const name = fc.constantFrom(
      'A',
      'entry',
      'member',
      'key',
      'value',
      'Name',
      '1',
      '2',
      '__proto__',
      'constructor',
      '',
    );
    const path = fc.array(name, { minLength: 1, maxLength: 20 }).map((names) => names.join('.'));
    const body = fc.array(fc.tuple(path, fc.string()), { maxLength: 8 });
    fc.assert(
      fc.property(body, (pairs) => {
        try {
          parseQuery(new URLSearchParams(pairs).toString());
        } catch (error) {
          expect(error).toBeInstanceOf(AwsError);
        }
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
    );
  });
});
