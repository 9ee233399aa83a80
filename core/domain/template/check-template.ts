import type { TemplateRow } from '../../contracts/rows/template-row.ts';
import type {
  TemplateBody,
  TemplateComponent,
  TemplateFooter,
  TemplateHeader,
} from '../../contracts/template-components.ts';
import { GraphError } from '../graph-error.ts';
import { checkButtons } from './check-buttons.ts';
import { variablesOf, withoutVariables } from './variables.ts';

/** Meta's limits of texts, characters. */
const LONGEST_HEADER = 60;
const LONGEST_BODY = 1024;
const LONGEST_FOOTER = 60;
/** Meta's bounds of a one-time password's life, minutes. */
const LONGEST_CODE_LIFE = 90;

type Format = TemplateRow['parameterFormat'];
interface Place {
  /** Path in the request. */
  readonly where: string;
  readonly format: Format;
}

/**
 * Meta's rules for the components of a template that are more than their shape: one of each kind, bounds, variables and their examples.
 * @throws GraphError 100 that names the component
 */
export function checkTemplate({
  components,
  parameterFormat: format,
}: Pick<TemplateRow, 'components' | 'parameterFormat'>): void {
  const types = components.map(({ type }) => type);
  const twice = types.find((type, index) => types.indexOf(type) !== index);
  if (twice) throw new GraphError(100, `components: must have one component of type ${twice}.`);
  if (!types.includes('BODY')) throw new GraphError(100, 'components: must have one component of type BODY.');
  for (const [index, component] of components.entries()) checkComponent(component, `components.${index}`, format);
}

function checkComponent(component: TemplateComponent, where: string, format: Format): void {
  switch (component.type) {
    case 'HEADER':
      return checkHeader(component, { where, format });
    case 'BODY':
      return checkBody(component, { where, format });
    case 'FOOTER':
      return checkFooter(component, where);
    case 'BUTTONS':
      return checkButtons(component.buttons, `${where}.buttons`);
  }
}

function checkHeader({ format: kind, text, example }: TemplateHeader, { where, format }: Place): void {
  if (kind !== 'TEXT') {
    if (text !== undefined) throw new GraphError(100, `${where}.text: belongs to headers of the format TEXT only.`);
    return;
  }
  const written = requireText(text, LONGEST_HEADER, where);
  const variables = variablesOf(written);
  if (variables.length > 1) throw new GraphError(100, `${where}.text: must have at most one variable.`);
  refuseVariables(variables, where, format);
  const named = example?.header_text_named_params?.map(({ param_name }) => param_name);
  requireExamples({ variables, positional: example?.header_text, named }, { where, format }, 'header_text');
}

function checkBody({ text, example }: TemplateBody, { where, format }: Place): void {
  const written = requireText(text, LONGEST_BODY, where);
  const variables = variablesOf(written);
  refuseVariables(variables, where, format);
  if (/^\s*\{\{|\}\}\s*$/.test(written)) {
    throw new GraphError(100, `${where}.text: must not begin or end with a variable.`);
  }
  const [first] = example?.body_text ?? [];
  const positional = Array.isArray(first) ? first : (example?.body_text as string[] | undefined);
  const named = example?.body_text_named_params?.map(({ param_name }) => param_name);
  requireExamples({ variables, positional, named }, { where, format }, 'body_text');
}

function checkFooter({ text, code_expiration_minutes: minutes }: TemplateFooter, where: string): void {
  if (minutes !== undefined && (minutes < 1 || minutes > LONGEST_CODE_LIFE)) {
    throw new GraphError(100, `${where}.code_expiration_minutes: must be from 1 to ${LONGEST_CODE_LIFE}.`);
  }
  const written = requireText(text, LONGEST_FOOTER, where);
  if (variablesOf(written).length > 0) throw new GraphError(100, `${where}.text: must have no variables.`);
}

function requireText(text: string | undefined, longest: number, where: string): string {
  if (!text?.trim()) throw new GraphError(100, `${where}.text: is required.`);
  if (Array.from(text).length > longest) {
    throw new GraphError(100, `${where}.text: must have at most ${longest} characters.`);
  }
  if (/[{}]{2}/.test(withoutVariables(text))) {
    throw new GraphError(100, `${where}.text: has a variable that is not closed; variables are {{1}} or {{name}}.`);
  }
  return text;
}

/** Positional variables count from 1 without a gap; names are lower-case letters, digits and underscores. */
function refuseVariables(variables: readonly string[], where: string, format: Format): void {
  if (format === 'NAMED') {
    const wrong = variables.find((name) => !/^[a-z][a-z0-9_]*$/.test(name));
    if (wrong === undefined) return;
    throw new GraphError(
      100,
      `${where}.text: {{${wrong}}} must be named with lower-case letters, digits and underscores.`,
    );
  }
  const numbers = variables.map(Number).toSorted((one, other) => one - other);
  if (numbers.every((number, index) => number === index + 1)) return;
  throw new GraphError(
    100,
    `${where}.text: variables must be {{1}}, {{2}} … without a gap; parameter_format: NAMED allows names.`,
  );
}

interface Examples {
  readonly variables: readonly string[];
  readonly positional: readonly string[] | undefined;
  readonly named: readonly string[] | undefined;
}

function requireExamples({ variables, positional, named }: Examples, { where, format }: Place, field: string): void {
  if (format === 'NAMED') {
    const missing = variables.find((name) => !named?.includes(name));
    if (missing === undefined) return;
    throw new GraphError(100, `${where}.example.${field}_named_params: needs an example for {{${missing}}}.`);
  }
  if ((positional?.length ?? 0) >= variables.length) return;
  throw new GraphError(100, `${where}.example.${field}: needs ${variables.length} examples, one for each variable.`);
}
