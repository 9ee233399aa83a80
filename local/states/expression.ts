import jsonata from 'jsonata';
import { type FunctionSources, statesFunctions } from './expression-functions.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { StatesError } from './states-error.ts';

/**
 * What stops a runaway expression: milliseconds of machine time, and nested calls. AWS has limits of
 * its own that it does not publish; these only keep the runner alive.
 */
const GUARD = { timeout: 5_000, stack: 1_000 };

/** What an expression can see. */
export interface Scope {
  /** Value of `$states`: input, context, and result or errorOutput where the state has one. */
  readonly states: JsonObject;
  /** Variables of the scope and of the scopes around it. */
  readonly variables: JsonObject;
  readonly sources: FunctionSources;
}

/** Expressions by their text. They come from definitions, which are few and long-lived. */
const compiled = new Map<string, jsonata.Expression>();

/** Whether a string of a definition is JSONata rather than text. */
export function isExpression(text: string): boolean {
  return text.startsWith('{%') && text.endsWith('%}');
}

/** The syntax error of an expression as a sentence; undefined when it compiles. */
export function checkExpression(text: string): string | undefined {
  try {
    compile(text);
    return undefined;
  } catch (error) {
    return `the JSONata expression does not compile: ${messageOf(error)}`;
  }
}

/**
 * Evaluates every expression inside a JSON value.
 *
 * @param field name of the field, for the error's cause
 * @throws StatesError States.QueryEvaluationError
 */
export async function evaluate(template: Json, field: string, scope: Scope): Promise<Json> {
  if (typeof template === 'string') return isExpression(template) ? run(template, field, scope) : template;
  if (Array.isArray(template)) {
    const members: Json[] = [];
    for (const [i, member] of template.entries()) members.push(await evaluate(member as Json, `${field}[${i}]`, scope));
    return members;
  }
  if (!isJsonObject(template)) return template;
  const members: [string, Json][] = [];
  for (const [key, member] of Object.entries(template)) {
    members.push([key, await evaluate(member, `${field}/${key}`, scope)]);
  }
  return Object.fromEntries(members);
}

async function run(text: string, field: string, scope: Scope): Promise<Json> {
  const failed = (why: string): StatesError =>
    new StatesError(
      'States.QueryEvaluationError',
      `The JSONata expression '${text.slice(2, -2).trim()}' specified for the field '${field}' ${why}`,
    );
  let value: unknown;
  try {
    // JSONata gives no access to the input document in Step Functions: `$` has no value.
    value = await compile(text).evaluate(undefined, {
      ...scope.variables,
      ...statesFunctions(scope.sources),
      states: scope.states,
    });
  } catch (error) {
    throw failed(`threw an error during evaluation. ${messageOf(error)}`);
  }
  if (value === undefined) throw failed('returned nothing (undefined).');
  const json = plainJson(value);
  if (json === undefined) throw failed('returned an unsupported result type.');
  return json;
}

/** The value without the marks that JSONata's arrays carry; undefined when JSON can't hold it. */
function plainJson(value: unknown): Json | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) return undefined;
  try {
    const text = JSON.stringify(value) as string | undefined;
    return text === undefined ? undefined : (JSON.parse(text) as Json);
  } catch {
    // A JSONata function refers to its own environment, which is a circle.
    return undefined;
  }
}

function compile(text: string): jsonata.Expression {
  const known = compiled.get(text);
  if (known) return known;
  const expression = jsonata(text.slice(2, -2), GUARD);
  compiled.set(text, expression);
  return expression;
}

function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}
