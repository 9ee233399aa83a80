import { TemplateError } from '../template/template-error.ts';
import { isKnownKey } from './condition-keys.ts';
import { type RequestContext, valuesOf } from './request-context.ts';

/** A text of a policy with `*`, `?` and `${variables}`. */
export interface Pattern {
  /** As the policy has it. */
  readonly text: string;
  /** True when the whole of `value` is what the pattern describes; a variable without a value matches nothing. */
  matches(value: string, context: RequestContext): boolean;
}

export interface PatternOptions {
  /** Actions and condition operators of that name do not tell upper from lower case. @default false */
  readonly ignoreCase?: boolean;
  /** False for operators that take `*` and `?` as they are. @default true */
  readonly wildcards?: boolean;
}

/** `${*}`, `${?}` and `${$}` stand for the characters themselves. */
const LITERAL_VARIABLES: ReadonlySet<string> = new Set(['*', '?', '$']);
const VARIABLE = /\$\{([^}]*)\}/;
const SPECIAL = /[\\^$.*+?()[\]{}|/]/g;

/**
 * Reads a pattern.
 * @throws TemplateError when it has a variable that no request carries here
 */
export function parsePattern(text: string, options: PatternOptions = {}): Pattern {
  // With one group in the expression, split() puts the variables' names at the odd places.
  const parts = text.split(VARIABLE);
  const flags = options.ignoreCase ? 'iu' : 'u';
  for (const [index, name] of parts.entries()) if (index % 2 === 1) checkVariable(name, text);
  const compile = (variables: (name: string) => string | undefined): RegExp | undefined => {
    const sources = parts.map((part, index) => {
      if (index % 2 === 0) return options.wildcards === false ? escape(part) : wildcards(part);
      const value = LITERAL_VARIABLES.has(part) ? part : variables(part);
      return value === undefined ? undefined : escape(value);
    });
    return sources.includes(undefined) ? undefined : new RegExp(`^${sources.join('')}$`, flags);
  };
  const fixed = compile(() => undefined);
  return {
    text,
    matches(value, context) {
      const expression = fixed ?? compile((name) => valuesOf(context, name)?.[0]);
      return expression?.test(value) ?? false;
    },
  };
}

function checkVariable(name: string, text: string): void {
  if (LITERAL_VARIABLES.has(name) || isKnownKey(name)) return;
  throw new TemplateError(
    `The policy text "${text}" has the variable \${${name}}, which no request carries on one machine. Teach it in local/iam/condition-keys.ts.`,
  );
}

const escape = (text: string): string => text.replaceAll(SPECIAL, '\\$&');
const wildcards = (text: string): string =>
  text
    .split(/([*?])/)
    .map((part) => (part === '*' ? '[^]*' : part === '?' ? '[^]' : escape(part)))
    .join('');
