import { type Expression, ExpressionError, type Operator } from './expression-parser.ts';

/** One value for each period, newest first; undefined where there is none. */
export type Series = readonly (number | undefined)[];

/** What expressions refer to. */
export interface ExpressionScope {
  /** Values of a metric or of another expression. @throws ExpressionError when there is none of that id */
  series(id: string): Series;
  /** All metrics, without expressions: `METRICS()`. */
  metrics(): readonly Series[];
  /** How many periods there are. */
  readonly periods: number;
}

type Value = number | Series | { readonly list: readonly Series[] };

const OPERATIONS: Readonly<Record<Operator, (left: number, right: number) => number | undefined>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  // A division by zero gives no value, as in CloudWatch.
  '/': (left, right) => (right === 0 ? undefined : left / right),
  '<': (left, right) => Number(left < right),
  '<=': (left, right) => Number(left <= right),
  '>': (left, right) => Number(left > right),
  '>=': (left, right) => Number(left >= right),
  '==': (left, right) => Number(left === right),
  '!=': (left, right) => Number(left !== right),
};

type Call = (parameters: readonly Value[], scope: ExpressionScope) => Value;

/** Over several series: one value for each period in which at least one has a value. */
const AGGREGATES: Readonly<Record<string, (values: readonly number[]) => number>> = {
  AVG: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  MAX: (values) => Math.max(...values),
  MIN: (values) => Math.min(...values),
  SUM: (values) => values.reduce((sum, value) => sum + value, 0),
};

const FUNCTIONS: Readonly<Record<string, Call>> = {
  FILL([series, filler, ...more]) {
    if (!isSeries(series) || typeof filler !== 'number' || more.length > 0)
      throw new ExpressionError('FILL takes a metric and a number on one machine.');
    return series.map((value) => value ?? filler);
  },
  IF([condition, yes, no, ...more], scope) {
    if (condition === undefined || yes === undefined || more.length > 0)
      throw new ExpressionError('IF takes a condition and one or two values.');
    const [conditions, yesses] = [seriesOf(condition, scope), seriesOf(yes, scope)];
    const noes = no === undefined ? [] : seriesOf(no, scope);
    return conditions.map((value, at) => (value === undefined ? undefined : value === 0 ? noes[at] : yesses[at]));
  },
  METRICS(parameters, scope) {
    if (parameters.length > 0) throw new ExpressionError('METRICS takes no parameter on one machine.');
    return { list: scope.metrics() };
  },
};

/**
 * Computes an expression for each period.
 * @throws ExpressionError when it is not computed on one machine, or is one number and no series
 */
export function evaluateExpression(expression: Expression, scope: ExpressionScope): Series {
  const value = valueOf(expression, scope);
  if (isSeries(value)) return value;
  throw new ExpressionError('An alarm needs an expression with one value for each period.');
}

function valueOf(expression: Expression, scope: ExpressionScope): Value {
  switch (expression.type) {
    case 'number':
      return expression.value;
    case 'reference':
      return scope.series(expression.id);
    case 'list':
      return { list: expression.items.map((item) => seriesOf(valueOf(item, scope), scope)) };
    case 'negation':
      return combine(OPERATIONS['-'], 0, valueOf(expression.operand, scope));
    case 'operation':
      return combine(
        OPERATIONS[expression.operator],
        valueOf(expression.left, scope),
        valueOf(expression.right, scope),
      );
    case 'call':
      return call(
        expression.name,
        expression.parameters.map((parameter) => valueOf(parameter, scope)),
        scope,
      );
  }
}

function call(name: string, parameters: readonly Value[], scope: ExpressionScope): Value {
  const aggregate = Object.hasOwn(AGGREGATES, name) ? AGGREGATES[name] : undefined;
  if (aggregate) return aggregated(name, aggregate, parameters, scope);
  const run = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (run) return run(parameters, scope);
  const known = [...Object.keys(AGGREGATES), ...Object.keys(FUNCTIONS)].sort().join(', ');
  throw new ExpressionError(`The function ${name} is not computed on one machine; known are ${known}.`);
}

function aggregated(
  name: string,
  aggregate: (values: readonly number[]) => number,
  [first, ...more]: readonly Value[],
  { periods }: ExpressionScope,
): Series {
  if (!isList(first) || more.length > 0)
    throw new ExpressionError(`${name} of a single metric is one number for all periods; give it a list of metrics.`);
  return Array.from({ length: periods }, (_, at) => {
    const values = first.list.map((series) => series[at]).filter((value) => value !== undefined);
    return values.length === 0 ? undefined : aggregate(values);
  });
}

function combine(operation: (left: number, right: number) => number | undefined, left: Value, right: Value): Value {
  if (isList(left) || isList(right)) throw new ExpressionError('Lists of metrics can only be given to functions.');
  if (typeof left === 'number' && typeof right === 'number') {
    const value = operation(left, right);
    if (value === undefined) throw new ExpressionError('The expression divides by zero.');
    return value;
  }
  const at = (value: number | Series, index: number): number | undefined =>
    typeof value === 'number' ? value : value[index];
  const { length } = typeof left === 'number' ? (right as Series) : left;
  return Array.from({ length }, (_, index) => {
    const [l, r] = [at(left, index), at(right, index)];
    return l === undefined || r === undefined ? undefined : operation(l, r);
  });
}

function seriesOf(value: Value, { periods }: ExpressionScope): Series {
  if (isList(value)) throw new ExpressionError('Lists of metrics can only be given to functions.');
  return typeof value === 'number' ? Array.from({ length: periods }, () => value) : value;
}

const isSeries = (value: Value | undefined): value is Series => Array.isArray(value);
const isList = (value: Value | undefined): value is { readonly list: readonly Series[] } =>
  typeof value === 'object' && 'list' in value;
