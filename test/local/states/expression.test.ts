import { describe, expect, it } from 'vitest';
import { evaluate } from '../../../local/states/expression.ts';

const scope = {
  states: { input: { list: [1, 2, 3], text: 'a' } },
  variables: { x: 5 },
  sources: { random: () => 0.25, uuid: () => 'id', now: () => 86_400_000 },
};

describe('evaluate', () => {
  it.each([
    ['{% $partition($states.input.list, 2) %}', [[1, 2], [3]]],
    ['{% $range(0, 10, 4) %}', [0, 4, 8]],
    ['{% $range(3, 1, -1) %}', [3, 2, 1]],
    ["{% $hash($states.input.text, 'SHA-256') %}", 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'],
    ['{% $parse(\'{"a":[1]}\') %}', { a: [1] }],
    ['{% $random() %}', 0.25],
    ['{% $random(7) = $random(7) %}', true],
    ['{% $uuid() %}', 'id'],
    ['{% $now() %}', '1970-01-02T00:00:00.000Z'],
    ['{% $millis() %}', 86_400_000],
    ['{% $x + 1 %}', 6],
    ['not {% $x %}', 'not {% $x %}'],
  ])('gives the value of %s', async (expression, value) => {
    expect(await evaluate({ of: [expression] }, 'Output', scope)).toEqual({ of: [value] });
  });

  it.each([
    '{% $states.input.nothing %}',
    '{% nothing %}',
    "{% $eval('1') %}",
    "{% $hash('a', 'CRC') %}",
    '{% $range(1, 2000, 1) %}',
    '{% $partition([1], 0) %}',
    "{% $parse('{') %}",
    '{% function($a) { $a } %}',
    '{% 1 / 0 %}',
    "{% 'a' + 1 %}",
  ])('throws States.QueryEvaluationError when the expression is %s', async (expression) => {
    await expect(evaluate(expression, 'Output', scope)).rejects.toMatchObject({ error: 'States.QueryEvaluationError' });
  });
});
