import type { Json } from './json.ts';
import { MAX_STATE_DATA_BYTES } from './limits.ts';

/** What ends a state: an error name and a cause, as Retry and Catch see them. */
export class StatesError extends Error {
  /** Error name, such as `States.Timeout` or the `errorType` of a function. */
  readonly error: string;
  readonly reason: string | undefined;

  constructor(error: string, cause?: string) {
    super(cause ? `${error}: ${cause}` : error);
    this.name = 'StatesError';
    this.error = error;
    this.reason = cause;
  }

  /** Error output as Catch gets it. */
  output(): Json {
    return this.reason === undefined ? { Error: this.error } : { Error: this.error, Cause: this.reason };
  }
}

/** Never retried or caught by States.ALL (Amazon States Language, error names). */
const OUTSIDE_ALL: ReadonlySet<string> = new Set(['States.DataLimitExceeded', 'States.Runtime']);

/** Whether an `ErrorEquals` list names `error`, wildcards included. */
export function errorMatches(errorEquals: readonly string[], error: string): boolean {
  if (error === 'States.Runtime') return false;
  return errorEquals.some((name) => {
    if (name === error) return true;
    if (name === 'States.ALL') return !OUTSIDE_ALL.has(error);
    if (name === 'States.TaskFailed') return !OUTSIDE_ALL.has(error) && error !== 'States.Timeout';
    return name === 'States.Timeout' && error === 'States.HeartbeatTimeout';
  });
}

/** The value as JSON text. @throws StatesError States.DataLimitExceeded above 256 KiB */
export function serializeStateData(value: Json, what: string): string {
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) <= MAX_STATE_DATA_BYTES) return text;
  throw new StatesError(
    'States.DataLimitExceeded',
    `${what} has a size exceeding the maximum number of bytes service limit.`,
  );
}
