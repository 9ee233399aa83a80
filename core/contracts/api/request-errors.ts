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
  if (issue.code === 'invalid_value')
    return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
  if (issue.code === 'too_small') return `must have at least ${issue.minimum} ${unitOf(issue.origin)}`;
  if (issue.code === 'too_big') return `must have at most ${issue.maximum} ${unitOf(issue.origin)}`;
  return issue.message;
}

const unitOf = (origin: string): string => (origin === 'string' ? 'characters' : 'entries');
