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
  const breaching = evaluated.filter((point) => point.breaching).length;
  if (breaching >= datapointsToAlarm) return { state: 'ALARM', evaluated, filled };
  if (filled === 0 || breaching < evaluated.length)
    return { state: withBreachingGaps(rule, points, { breaching, filled }), evaluated, filled };
  return { state: withoutGoodValue(rule, points, { breaching, filled }), evaluated, filled };
}

interface Counts {
  readonly breaching: number;
  readonly filled: number;
}

/** There is a good value, so only gaps that count as breaching can ring the alarm. */
function withBreachingGaps(rule: AlarmRule, points: readonly Datapoint[], counts: Counts): AlarmState | undefined {
  return rule.treatMissingData === 'breaching' ? breachingGaps(rule, points, counts) : 'OK';
}

function breachingGaps(
  { datapointsToAlarm }: AlarmRule,
  points: readonly Datapoint[],
  { breaching, filled }: Counts,
): AlarmState | undefined {
  const missing = points.filter(({ value, measured }) => value === undefined && measured).length;
  const certain = breaching + Math.min(filled, missing);
  if (certain >= datapointsToAlarm) return 'ALARM';
  return breaching + filled >= datapointsToAlarm ? undefined : 'OK';
}

/** All values there are breach, but they are too few. */
function withoutGoodValue(rule: AlarmRule, points: readonly Datapoint[], counts: Counts): AlarmState | undefined {
  switch (rule.treatMissingData) {
    case 'breaching':
      return breachingGaps(rule, points, counts);
    case 'notBreaching':
      return 'OK';
    case 'ignore':
      return undefined;
    case 'missing': {
      if (counts.breaching === 0) return 'INSUFFICIENT_DATA';
      // "alarms are designed to always go into ALARM state when the oldest available breaching datapoint … is at least as old
      // as the value of Datapoints to Alarm, and all other more recent data points are breaching or missing"
      const oldest = points.findLastIndex(({ value }) => value !== undefined);
      return oldest + 1 >= rule.datapointsToAlarm ? 'ALARM' : undefined;
    }
  }
}
