/** A variable in the text of a template: `{{1}}` or `{{name}}`. Meta tolerates spaces inside. */
const VARIABLE = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** The names of a text's variables in the order of their first use, each once. */
export const variablesOf = (text: string): readonly string[] => [
  ...new Set(Array.from(text.matchAll(VARIABLE), ([, name = '']) => name)),
];

/** Puts values in the place of variables; one without a value stays as it is. */
export const fillVariables = (text: string, values: ReadonlyMap<string, string>): string =>
  text.replace(VARIABLE, (whole, name: string) => values.get(name) ?? whole);

/** A text with its variables taken out. */
export const withoutVariables = (text: string): string => text.replace(VARIABLE, '');
