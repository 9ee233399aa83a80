import { TemplateError } from '../template/template-error.ts';
import { isKnownKey, isMultivalued } from './condition-keys.ts';
import { type Comparison, OPERATORS, type Operator } from './condition-operators.ts';
import { type RequestContext, valuesOf } from './request-context.ts';

/** One line of a policy's `Condition`. */
export type Condition = (context: RequestContext) => boolean;

type SetOperator = 'ForAllValues' | 'ForAnyValue' | undefined;

/** Operator → key → value or values, as a policy has it. */
export type ConditionBlock = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/**
 * Reads a policy's `Condition`; all of its lines must hold.
 * @throws TemplateError on an operator, a key or a value that is not evaluated here as AWS does
 */
export function parseConditions(block: ConditionBlock): readonly Condition[] {
  return Object.entries(block).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => parseCondition(operator, key, values)),
  );
}

const SPELLING = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/;

function parseCondition(spelling: string, key: string, values: readonly string[]): Condition {
  const [, setOperator, name = '', ifExists] = SPELLING.exec(spelling) ?? [];
  if (!isKnownKey(key))
    throw new TemplateError(
      `A policy has a condition on ${key}, which no request carries on one machine. Teach it in local/iam/condition-keys.ts.`,
    );
  if (name === 'Null' && setOperator === undefined && ifExists === undefined) return nullCondition(key, values);
  const operator = OPERATORS.get(name);
  if (!operator)
    throw new TemplateError(
      `A policy has the condition operator ${spelling}, which is not evaluated on one machine. Teach it in local/iam/condition-operators.ts.`,
    );
  if (isMultivalued(key) && setOperator === undefined)
    throw new TemplateError(`${key} has several values: its condition ${spelling} needs ForAllValues or ForAnyValue.`);
  const comparisons = values.map((value) => comparison(operator, spelling, value));
  const set = setOperator as SetOperator;
  return (context) => {
    const actual = valuesOf(context, key);
    if (actual) return holds(operator, comparisons, { actual, context, set });
    if (ifExists !== undefined || set === 'ForAllValues') return true;
    return operator.negated && set === undefined;
  };
}

function nullCondition(key: string, values: readonly string[]): Condition {
  const wanted = values.map((value) => value.toLowerCase());
  if (wanted.some((value) => value !== 'true' && value !== 'false'))
    throw new TemplateError(`The condition Null of ${key} needs true or false, found ${values.join(', ')}.`);
  return (context) => wanted.includes(String(valuesOf(context, key) === undefined));
}

function comparison(operator: Operator, spelling: string, value: string): Comparison {
  const compare = operator.compare(value);
  if (!compare) throw new TemplateError(`The condition operator ${spelling} can't take the value "${value}".`);
  return compare;
}

interface Values {
  readonly actual: readonly string[];
  readonly context: RequestContext;
  readonly set: SetOperator;
}

function holds({ negated }: Operator, comparisons: readonly Comparison[], { actual, context, set }: Values): boolean {
  const matches = (value: string): boolean => comparisons.some((compare) => compare(value, context)) !== negated;
  return set === 'ForAllValues' ? actual.every(matches) : actual.some(matches);
}
