import type * as z from 'zod';
import { GraphError } from '../../domain/graph-error.ts';

/**
 * What a caller hears of the first thing that is wrong with a request: 131008 for a missing field, 100 for one of the wrong type,
 * 131009 for a value that is not allowed. The sentence begins with the field's path.
 * @param input what was parsed
 */
export function requestError(error: z.ZodError, input: unknown): GraphError {
  const [issue] = error.issues;
  if (!issue) return new GraphError(100, 'The request is not valid.', { cause: error });
  const field = issue.path.map(String).join('.');
  if (field && isAbsent(valueAt(input, issue.path))) return new GraphError(131008, `${field}: is required.`);
  const code = issue.code === 'invalid_type' ? 100 : 131009;
  return new GraphError(code, field ? `${field}: ${sentenceOf(issue)}.` : `The body ${sentenceOf(issue)}.`);
}

/** Parses what a caller sent. @throws GraphError that names the field */
export function parseRequest<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw requestError(parsed.error, input);
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
