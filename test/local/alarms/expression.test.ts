import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ExpressionScope, evaluateExpression, type Series } from '../../../local/alarms/expression.ts';
import { ExpressionError, parseExpression } from '../../../local/alarms/expression-parser.ts';

const scopeOf = (metrics: Readonly<Record<string, Series>>): ExpressionScope => ({
  periods: Object.values(metrics)[0]?.length ?? 0,
  metrics: () => Object.values(metrics),
  series(id) {
    const series = metrics[id];
    if (!series) throw new ExpressionError(`nothing has the id ${id}`);
    return series;
  },
});
const evaluate = (text: string, metrics: Readonly<Record<string, Series>>): Series =>
  evaluateExpression(parseExpression(text), scopeOf(metrics));

describe('evaluateExpression', () => {
  it('computes a share, and nothing where nothing was asked', () => {
    const metrics = { errors: [1, 0, undefined, 3], requests: [50, 0, 10, undefined] };
    expect(evaluate('IF(requests > 0, 100 * errors / requests, 0)', metrics)).toEqual([2, 0, undefined, undefined]);
    expect(evaluate('errors / requests', metrics)).toEqual([0.02, undefined, undefined, undefined]);
  });

  it('takes over all metrics what has a value', () => {
    const metrics = { a: [1, undefined, undefined], b: [3, 5, undefined] };
    expect(evaluate('MAX(METRICS())', metrics)).toEqual([3, 5, undefined]);
    expect(evaluate('MIN([a, b])', metrics)).toEqual([1, 5, undefined]);
    expect(evaluate('SUM(METRICS())', metrics)).toEqual([4, 5, undefined]);
    expect(evaluate('AVG(METRICS())', metrics)).toEqual([2, 5, undefined]);
  });

  it('fills gaps', () => {
    expect(evaluate('FILL(a, 0) + 1', { a: [1, undefined] })).toEqual([2, 1]);
  });

  it('gives no value for a false condition without an alternative', () => {
    expect(evaluate('IF(a >= 2, a)', { a: [1, 2] })).toEqual([undefined, 2]);
  });

  it('computes as JavaScript does, whatever the nesting and the spaces', () => {
    const arithmetic = fc.letrec<{ term: string }>((tie) => ({
      term: fc.oneof(
        { maxDepth: 5, withCrossShrink: true },
        fc.constantFrom('a', 'b', '2', '0.5', '10'),
        fc.tuple(tie('term'), fc.constantFrom('+', '-', '*', ' + ', ' - '), tie('term')).map((parts) => parts.join('')),
        tie('term').map((term) => `(${term})`),
        tie('term').map((term) => `-(${term})`),
        fc
          .tuple(tie('term'), fc.constantFrom('<', '<=', '>', '>=', '==', '!='), tie('term'))
          .map((parts) => `(${parts.join('')})`),
      ),
    })).term;
    fc.assert(
      fc.property(arithmetic, fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 }), (text, a, b) => {
        // oxlint-disable-next-line no-implied-eval, typescript/no-implied-eval -- another implementation of the same arithmetic
        const expected = Number(new Function('a', 'b', `return ${text.replaceAll('--', '- -')}`)(a, b));
        expect(evaluate(`${text} + 0 * a`, { a: [a], b: [b] })[0]).toBeCloseTo(expected, 6);
      }),
    );
  });

  it.each([
    ['MAX(a)', 'one number for all periods'],
    ['a + METRICS()', 'Lists of metrics'],
    ['ANOMALY_DETECTION_BAND(a, 2)', 'not computed on one machine; known are AVG, FILL, IF'],
    ['FILL(a, REPEAT)', 'nothing has the id REPEAT'],
    ['constructor(a)', 'not computed'],
    ['1 + 1', 'one value for each period'],
    ['unknown', 'nothing has the id unknown'],
    ['a +', 'missing at its end'],
    ['a ; b', 'from "; b" on'],
    ['(a', 'missing at its end'],
    ['a b', '"b" is not expected'],
    ['', 'missing at its end'],
  ])('refuses "%s" with a sentence', (text, sentence) => {
    expect(() => evaluate(text, { a: [1] })).toThrow(sentence);
  });
});
