import type * as z from 'zod';
import { GraphError } from '../../domain/graph-error.ts';

/** Which codes a refusal has: Graph's one for all parameters, or the Cloud API's own for messages. */
export type ErrorFlavour = 'graph' | 'message';

/**
 * What a caller hears of the first thing that is wrong with a request; the sentence begins with the field's path. Code 100, except in
 * messages: there 131008 for a missing field and 131009 for a value that is not allowed. Meta checks `messaging_product` before it
 * knows that it is a message, so that one is 100.
 * @param input what was parsed
 */
export function requestError(error: z.ZodError, input: unknown, flavour: ErrorFlavour): GraphError {
  const [issue] = error.issues;
  if (!issue) return new GraphError(100, 'The request is not valid.', { cause: error });
  const field = issue.path.map(String).join('.');
  if (!field) return new GraphError(100, `The body ${sentenceOf(issue)}.`);
  const absent = isAbsent(valueAt(input, issue.path));
  const sentence = absent ? 'is required' : sentenceOf(issue);
  const own = absent ? 131008 : 131009;
  return new GraphError(flavour === 'graph' || field === 'messaging_product' ? 100 : own, `${field}: ${sentence}.`);
}

/** Parses what a caller sent. @throws GraphError that names the field */
export function parseRequest<S extends z.ZodType>(
  schema: S,
  input: unknown,
  flavour: ErrorFlavour = 'graph',
): z.output<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw requestError(parsed.error, input, flavour);
}

const isAbsent = (value: unknown): boolean => value === undefined || value === null;

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

const ARTICLES: Readonly<Record<string, string>> = { object: 'an object', array: 'an array', int: 'a whole number' };

function sentenceOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `must be ${ARTICLES[issue.expected] ?? `a ${issue.expected}`}`;
  if (issue.code === 'invalid_value') return oneOf(issue.values);
  if (issue.code === 'invalid_union' && issue.errors.length === 0 && 'options' in issue && issue.options)
    return oneOf(issue.options);
  if (issue.code === 'too_small' || issue.code === 'too_big') return boundOf(issue);
  return issue.message;
}

function boundOf(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const isNumber = NUMBERS.includes(issue.origin);
  if (issue.code === 'too_big')
    return isNumber ? `must be at most ${issue.maximum}` : `must have at most ${issue.maximum} ${unitOf(issue.origin)}`;
  if (isNumber) return `must be ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`;
  return `must have at least ${issue.minimum} ${unitOf(issue.origin)}`;
}

const oneOf = (values: readonly unknown[]): string =>
  `must be ${values.length > 1 ? 'one of ' : ''}${values.map(String).join(', ')}`;

const NUMBERS: readonly string[] = ['number', 'int', 'bigint'];

const unitOf = (origin: string): string => (origin === 'string' ? 'characters' : 'entries');
