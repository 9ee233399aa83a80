import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AlarmRule,
  type AlarmState,
  type Datapoint,
  decide,
  evaluationRange,
  type TreatMissingData,
} from '../../../local/alarms/decide.ts';

const TREATMENTS = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;
const rule: AlarmRule = {
  threshold: 0,
  operator: 'GreaterThanThreshold',
  evaluationPeriods: 3,
  datapointsToAlarm: 3,
  treatMissingData: 'missing',
};

/** As AWS's documentation writes them, newest on the right: `0` good, `X` breaching, `-` missing, `?` not measured. */
const points = (text: string): Datapoint[] =>
  text
    .split(' ')
    .toReversed()
    .map((sign, index) => ({
      atMs: -index,
      value: { '0': 0, X: 1 }[sign],
      measured: sign !== '?',
    }));

const states = (given: Partial<AlarmRule>, text: string): (AlarmState | undefined)[] =>
  TREATMENTS.map((treatMissingData) => decide({ ...rule, ...given, treatMissingData }, points(text)).state);

/** The alarm stays as it is. */
const STAYS = undefined;

describe('decide', () => {
  it.each([
    ['0 - X - X', ['OK', 'OK', 'OK', 'OK'], 0],
    ['0 - - - -', ['OK', 'OK', 'OK', 'OK'], 2],
    ['- - - - -', ['INSUFFICIENT_DATA', STAYS, 'ALARM', 'OK'], 3],
    ['0 X X - X', ['ALARM', 'ALARM', 'ALARM', 'ALARM'], 0],
    ['- - X - -', ['ALARM', STAYS, 'ALARM', 'OK'], 2],
  ])('decides %s as AWS’s table of three out of three', (text, expected, filled) => {
    expect(states({}, text)).toEqual(expected);
    expect(decide(rule, points(text)).filled).toBe(filled);
  });

  it.each([
    ['0 - X - X', ['ALARM', 'ALARM', 'ALARM', 'ALARM']],
    ['0 0 X 0 X', ['ALARM', 'ALARM', 'ALARM', 'ALARM']],
    ['0 - X - -', ['OK', 'OK', 'ALARM', 'OK']],
    ['- - - - 0', ['OK', 'OK', 'ALARM', 'OK']],
    ['- - - X -', ['ALARM', STAYS, 'ALARM', 'OK']],
  ])('decides %s as AWS’s table of two out of three', (text, expected) => {
    expect(states({ datapointsToAlarm: 2 }, text)).toEqual(expected);
  });

  it.each(['- - - - X', '- - - X -'])('waits when the first breaching value after silence is new: %s', (text) => {
    expect(decide(rule, points(text)).state).toBe(STAYS);
  });

  it.each([
    ['? ? ? ? ?', [STAYS, STAYS, STAYS, STAYS]],
    ['? ? ? ? -', [STAYS, STAYS, STAYS, 'OK']],
    ['? ? ? - -', [STAYS, STAYS, STAYS, 'OK']],
    ['? ? - - -', ['INSUFFICIENT_DATA', STAYS, 'ALARM', 'OK']],
    ['? ? ? ? 0', ['OK', 'OK', 'OK', 'OK']],
    ['? ? ? ? X', [STAYS, STAYS, STAYS, STAYS]],
    ['? ? X X X', ['ALARM', 'ALARM', 'ALARM', 'ALARM']],
  ])('takes periods in which nobody measured neither for good nor for bad: %s', (text, expected) => {
    expect(states({}, text)).toEqual(expected);
  });

  it.each([
    ['GreaterThanThreshold', [false, false, true]],
    ['GreaterThanOrEqualToThreshold', [false, true, true]],
    ['LessThanThreshold', [true, false, false]],
    ['LessThanOrEqualToThreshold', [true, true, false]],
  ] as const)('compares with %s', (operator, breaching) => {
    const one = { ...rule, operator, threshold: 5, evaluationPeriods: 1, datapointsToAlarm: 1 };
    const states = [4, 5, 6].map((value) => decide(one, [{ atMs: 0, value, measured: true }]).state);
    expect(states).toEqual(breaching.map((rings) => (rings ? 'ALARM' : 'OK')));
  });

  it('goes by the values alone when there are enough of them', () => {
    const sign = fc.constantFrom('0', 'X', '-', '?');
    const treatment = fc.constantFrom<TreatMissingData>(...TREATMENTS);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.nat(5),
        treatment,
        fc.infiniteStream(sign),
        (n, m, missing, signs) => {
          const given = { ...rule, evaluationPeriods: n, datapointsToAlarm: 1 + (m % n), treatMissingData: missing };
          const range = points([...signs.take(evaluationRange(given))].join(' '));
          const newest = range.flatMap(({ value }) => (value === undefined ? [] : [value])).slice(0, n);
          const { state, evaluated, filled } = decide(given, range);
          expect(evaluated.map(({ value }) => value)).toEqual(newest);
          expect(filled).toBe(n - newest.length);
          const breaching = newest.filter((value) => value > 0).length;
          if (breaching >= given.datapointsToAlarm) expect(state).toBe('ALARM');
          else if (newest.length === n) expect(state).toBe('OK');
        },
      ),
    );
  });
});
