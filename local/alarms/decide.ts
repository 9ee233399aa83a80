export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

export type TreatMissingData = 'breaching' | 'notBreaching' | 'ignore' | 'missing';

export type ComparisonOperator =
  | 'GreaterThanThreshold'
  | 'GreaterThanOrEqualToThreshold'
  | 'LessThanThreshold'
  | 'LessThanOrEqualToThreshold';

/** When an alarm rings. */
export interface AlarmRule {
  readonly threshold: number;
  readonly operator: ComparisonOperator;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly treatMissingData: TreatMissingData;
}

/** What is known of one period. */
export interface Datapoint {
  /** Start of the period, milliseconds since the epoch. */
  readonly atMs: number;
  /** undefined: missing. */
  readonly value: number | undefined;
  /** False for a period in which nobody measured, because the runner did not run. */
  readonly measured: boolean;
}

/** A value that counted. */
export interface EvaluatedDatapoint {
  readonly atMs: number;
  readonly value: number;
  readonly breaching: boolean;
}

export interface Verdict {
  /** undefined: the alarm stays as it is. */
  readonly state: AlarmState | undefined;
  /** Newest first. */
  readonly evaluated: readonly EvaluatedDatapoint[];
  /** Periods without a value that had to be filled in. */
  readonly filled: number;
}

/**
 * Periods beyond the evaluation periods that CloudWatch looks back over when some have no value: "Evaluation Periods is 3
 * and the evaluation range is 5 data points" (CloudWatch: how alarms treat missing data).
 */
const EXTRA_PERIODS = 2;

/** How many periods an evaluation looks at. */
export const evaluationRange = ({ evaluationPeriods }: AlarmRule): number => evaluationPeriods + EXTRA_PERIODS;

const COMPARE: Readonly<Record<ComparisonOperator, (value: number, threshold: number) => boolean>> = {
  GreaterThanThreshold: (value, threshold) => value > threshold,
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/**
 * Decides the state of an alarm as CloudWatch does: by the newest values in the range; only if these are fewer than the
 * evaluation periods, missing ones are filled in as the alarm says. What nobody measured is neither good nor bad: as long as
 * it would tip the scales, the alarm stays as it is.
 * @param points the evaluation range, newest first
 */
export function decide(rule: AlarmRule, points: readonly Datapoint[]): Verdict {
  const { evaluationPeriods, datapointsToAlarm, threshold, operator } = rule;
  const evaluated = points
    .flatMap(({ atMs, value }) =>
      value === undefined ? [] : [{ atMs, value, breaching: COMPARE[operator](value, threshold) }],
    )
    .slice(0, evaluationPeriods);
  const filled = evaluationPeriods - evaluated.length;
  const missing = points.filter(({ value, measured }) => value === undefined && measured).length;
  const breaching = evaluated.filter((point) => point.breaching).length;
  const verdict = (state: AlarmState | undefined): Verdict => ({ state, evaluated, filled });
  if (breaching >= datapointsToAlarm) return verdict('ALARM');
  if (filled === 0) return verdict('OK');
  const isGood = breaching < evaluated.length;
  return verdict(withGaps(rule, points, { breaching, filled, unknown: Math.max(0, filled - missing), isGood }));
}

interface Counts {
  readonly breaching: number;
  readonly filled: number;
  /** Of the filled ones, those that nobody measured. */
  readonly unknown: number;
  /** Whether there is a value that does not breach. */
  readonly isGood: boolean;
}

/** The values are too few, and those there are don't ring the alarm by themselves. */
function withGaps(
  { treatMissingData, datapointsToAlarm }: AlarmRule,
  points: readonly Datapoint[],
  { breaching, filled, unknown, isGood }: Counts,
): AlarmState | undefined {
  switch (treatMissingData) {
    case 'breaching':
      if (breaching + filled - unknown >= datapointsToAlarm) return 'ALARM';
      return breaching + filled >= datapointsToAlarm ? undefined : 'OK';
    case 'notBreaching':
      return breaching + unknown >= datapointsToAlarm ? undefined : 'OK';
    case 'ignore':
      return isGood ? 'OK' : undefined;
    case 'missing': {
      if (isGood) return 'OK';
      if (breaching === 0) return unknown > 0 ? undefined : 'INSUFFICIENT_DATA';
      // "alarms are designed to always go into ALARM state when the oldest available breaching datapoint … is at least as old
      // as the value of Datapoints to Alarm, and all other more recent data points are breaching or missing"
      const oldest = points.findLastIndex(({ value }) => value !== undefined);
      return oldest + 1 >= datapointsToAlarm ? 'ALARM' : undefined;
    }
  }
}
