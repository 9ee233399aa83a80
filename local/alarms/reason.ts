import type { AlarmRule, AlarmState, ComparisonOperator, EvaluatedDatapoint, Verdict } from './decide.ts';

const WORDS: Readonly<Record<ComparisonOperator, string>> = {
  GreaterThanThreshold: 'greater than',
  GreaterThanOrEqualToThreshold: 'greater than or equal to',
  LessThanThreshold: 'less than',
  LessThanOrEqualToThreshold: 'less than or equal to',
};

/** Why an alarm changed its state, in CloudWatch's words. */
export function reasonOf(rule: AlarmRule, state: AlarmState, { evaluated, filled }: Verdict): string {
  if (state === 'INSUFFICIENT_DATA') return `Insufficient Data: ${counted(filled)} ${were(filled)} unknown.`;
  const treated = rule.treatMissingData === 'breaching' ? 'Breaching' : 'NonBreaching';
  const gaps = `${filled} missing ${filled === 1 ? 'datapoint was' : 'datapoints were'} treated as [${treated}]`;
  const points = evaluated.filter(({ breaching }) => breaching === (state === 'ALARM'));
  if (points.length === 0)
    return `Threshold Crossed: no datapoints were received for ${filled} ${filled === 1 ? 'period' : 'periods'} and ${gaps}.`;
  const { evaluationPeriods, datapointsToAlarm } = rule;
  const minimum = state === 'ALARM' ? datapointsToAlarm : evaluationPeriods - datapointsToAlarm + 1;
  const transition = state === 'ALARM' ? 'OK -> ALARM' : 'ALARM -> OK';
  return [
    `Threshold Crossed: ${points.length} out of the last ${evaluated.length} datapoints [${points.map(shown).join(', ')}]`,
    `${points.length === 1 ? 'was' : 'were'} ${state === 'ALARM' ? '' : 'not '}${WORDS[rule.operator]}`,
    `the threshold (${decimal(rule.threshold)})`,
    `(minimum ${counted(minimum)} for ${transition} transition).`,
  ].join(' ');
}

const counted = (count: number): string => `${count} ${count === 1 ? 'datapoint' : 'datapoints'}`;
const were = (count: number): string => (count === 1 ? 'was' : 'were');

const shown = ({ value, atMs }: EvaluatedDatapoint): string => `${decimal(value)} (${dayAndTime(atMs)})`;

/** `20/11/26 14:05:00`, UTC. */
function dayAndTime(atMs: number): string {
  const [, year, month, day, time] = /^\d\d(\d\d)-(\d\d)-(\d\d)T(.{8})/.exec(new Date(atMs).toISOString()) ?? [];
  return `${day}/${month}/${year} ${time}`;
}

/** Numbers as CloudWatch prints them: with a fraction, always. */
const decimal = (value: number): string => (Number.isInteger(value) ? value.toFixed(1) : String(value));
