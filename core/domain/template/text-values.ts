import type { TemplateParameter } from '../../contracts/api/templates/template-message.ts';
import type { TemplateRow } from '../../contracts/rows/template-row.ts';
import { GraphError } from '../graph-error.ts';
import { variablesOf } from './variables.ts';

/** Meta: "Param text cannot have new-line/tab characters or more than 4 consecutive spaces". */
const FORBIDDEN = /[\n\r\t]| {5}/;

/**
 * The values of a text's variables.
 * @param where the component, for the refusals
 * @throws GraphError 132000 (another number of parameters), 132012 (of another kind or name), 132007 (their characters), 131008 (empty)
 */
export function textValuesOf(
  where: string,
  text: string,
  parameters: readonly TemplateParameter[],
  format: TemplateRow['parameterFormat'],
): ReadonlyMap<string, string> {
  const variables = variablesOf(text);
  const texts = parameters.map((parameter, index) => textOf(`${where}: parameter ${index}`, parameter));
  if (parameters.length !== variables.length) {
    throw new GraphError(
      132000,
      `${where}: number of localizable_params (${parameters.length}) does not match the expected number of params (${variables.length}).`,
    );
  }
  if (format === 'POSITIONAL') return new Map(texts.map((value, index) => [String(index + 1), value]));
  const values = new Map(texts.map((value, index) => [nameOf(where, parameters[index], index), value]));
  for (const name of values.keys()) {
    if (variables.includes(name)) continue;
    throw new GraphError(132012, `${where}: there is no variable ${name}, only ${variables.join(', ')}.`);
  }
  const missing = variables.find((name) => !values.has(name));
  if (missing === undefined) return values;
  throw new GraphError(132000, `${where}: the variable ${missing} has no parameter with this parameter_name.`);
}

/** @throws GraphError 132012 for what is no text, 131008 for an empty one, 132007 for characters that are not allowed */
export function textOf(where: string, parameter: TemplateParameter): string {
  const text = shownText(where, parameter);
  if (text === '') throw new GraphError(131008, `${where}: of type ${parameter.type} is missing its text value.`);
  if (FORBIDDEN.test(text)) {
    throw new GraphError(132007, `${where}: must not have line breaks, tabs or more than 4 spaces in a row.`);
  }
  return text;
}

function shownText(where: string, parameter: TemplateParameter): string {
  if (parameter.type === 'text') return parameter.text;
  if (parameter.type === 'currency') return parameter.currency.fallback_value;
  if (parameter.type === 'date_time') return parameter.date_time.fallback_value;
  throw new GraphError(132012, `${where}: format mismatch, expected TEXT, received ${parameter.type.toUpperCase()}.`);
}

function nameOf(where: string, parameter: TemplateParameter | undefined, index: number): string {
  const name = parameter && 'parameter_name' in parameter ? parameter.parameter_name : undefined;
  if (name) return name;
  throw new GraphError(131008, `${where}: parameter ${index}: parameter_name is required; the variables have names.`);
}
