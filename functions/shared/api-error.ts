import { GraphError } from '#core/domain/graph-error.ts';

/** Errors of an AWS call that a later call may not meet: throttled, no answer, no connection. */
const PASSING = [
  'ThrottlingException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'TimeoutError',
  'ECONNREFUSED',
  'ECONNRESET',
];
const SERVER_FAULT = 500;

/** What the caller hears of an error. What is not a refusal of ours is opaque: only the trace id leads to it. */
export function graphErrorOf(error: unknown): GraphError {
  if (error instanceof GraphError) return error;
  if (isPassing(error)) {
    return new GraphError(2, 'A part of the service did not answer. Try again in a moment.', {
      cause: error,
      transient: true,
      headers: { 'retry-after': '1' },
    });
  }
  return new GraphError(131000, 'Something went wrong. The fbtrace_id leads to what it was in the logs.', {
    cause: error,
  });
}

function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, $metadata } = error as { code?: unknown; $metadata?: { httpStatusCode?: number } };
  return (
    PASSING.includes(error.name) ||
    (typeof code === 'string' && PASSING.includes(code)) ||
    ($metadata?.httpStatusCode ?? 0) >= SERVER_FAULT
  );
}
