import { parsePattern } from './pattern.ts';
import type { RequestContext } from './request-context.ts';

/** Compares a value of the request with the one of the policy that it was made of. */
export type Comparison = (actual: string, context: RequestContext) => boolean;

/** Reads a value of a policy once. Returns undefined when the operator can't take it. */
type MakeComparison = (wanted: string) => Comparison | undefined;

/** What an operator does with several values and with a key that the request lacks. */
export interface Operator {
  /** `Not…`: holds when no value matches, and when there is none. */
  readonly negated: boolean;
  readonly compare: MakeComparison;
}

const text =
  (options: { ignoreCase?: boolean; wildcards: boolean }): MakeComparison =>
  (wanted) => {
    const pattern = parsePattern(wanted, options);
    return (actual, context) => pattern.matches(actual, context);
  };

const ordered =
  (read: (text: string) => number, holds: (actual: number, wanted: number) => boolean): MakeComparison =>
  (wanted) => {
    const number = read(wanted);
    if (Number.isNaN(number)) return undefined;
    return (actual) => holds(read(actual), number);
  };

const readNumber = (value: string): number => (value.trim() === '' ? Number.NaN : Number(value));

/** ISO 8601, or seconds since 1970. */
function readDate(value: string): number {
  return /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value);
}

const bool: MakeComparison = (wanted) => {
  const flag = wanted.toLowerCase();
  if (flag !== 'true' && flag !== 'false') return undefined;
  return (actual) => actual.toLowerCase() === flag;
};

/** Parts of an ARN: `arn:partition:service:region:account:resource`; the last may hold colons itself. */
const ARN_PARTS = 6;
/** Not those of a variable's name. */
const COLON = /:(?![^{]*\})/;

function arnParts(arn: string): readonly string[] | undefined {
  const parts = arn.split(COLON);
  if (parts.length < ARN_PARTS) return undefined;
  return [...parts.slice(0, ARN_PARTS - 1), parts.slice(ARN_PARTS - 1).join(':')];
}

/** Each part by itself, so that a `*` never reaches across a colon of the first five. */
const arn: MakeComparison = (wanted) => {
  if (wanted === '*') return () => true;
  const patterns = (arnParts(wanted) ?? []).map((part) => parsePattern(part));
  if (patterns.length === 0) return undefined;
  return (actual, context) => {
    const parts = arnParts(actual);
    return parts !== undefined && patterns.every((pattern, index) => pattern.matches(parts[index] ?? '', context));
  };
};

const same = (actual: number, wanted: number): boolean => actual === wanted;
const exact = text({ wildcards: false });
const exactAnyCase = text({ wildcards: false, ignoreCase: true });
const like = text({ wildcards: true });

const is = (compare: MakeComparison): Operator => ({ negated: false, compare });
const not = (compare: MakeComparison): Operator => ({ negated: true, compare });

/** By name. `Null` and the prefixes and suffixes are not here: they are no comparisons. */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ['StringEquals', is(exact)],
  ['StringNotEquals', not(exact)],
  ['StringEqualsIgnoreCase', is(exactAnyCase)],
  ['StringNotEqualsIgnoreCase', not(exactAnyCase)],
  ['StringLike', is(like)],
  ['StringNotLike', not(like)],
  ['NumericEquals', is(ordered(readNumber, same))],
  ['NumericNotEquals', not(ordered(readNumber, same))],
  ['NumericLessThan', is(ordered(readNumber, (actual, wanted) => actual < wanted))],
  ['NumericLessThanEquals', is(ordered(readNumber, (actual, wanted) => actual <= wanted))],
  ['NumericGreaterThan', is(ordered(readNumber, (actual, wanted) => actual > wanted))],
  ['NumericGreaterThanEquals', is(ordered(readNumber, (actual, wanted) => actual >= wanted))],
  ['DateEquals', is(ordered(readDate, same))],
  ['DateNotEquals', not(ordered(readDate, same))],
  ['DateLessThan', is(ordered(readDate, (actual, wanted) => actual < wanted))],
  ['DateLessThanEquals', is(ordered(readDate, (actual, wanted) => actual <= wanted))],
  ['DateGreaterThan', is(ordered(readDate, (actual, wanted) => actual > wanted))],
  ['DateGreaterThanEquals', is(ordered(readDate, (actual, wanted) => actual >= wanted))],
  ['Bool', is(bool)],
  ['ArnEquals', is(arn)],
  ['ArnLike', is(arn)],
  ['ArnNotEquals', not(arn)],
  ['ArnNotLike', not(arn)],
]);
