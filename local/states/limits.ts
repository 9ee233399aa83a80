/** Figures of the Step Functions service quotas (Standard workflows), all hard limits in AWS. */

/** Input, output, result or arguments of one state, UTF-8 bytes. */
export const MAX_STATE_DATA_BYTES = 256 * 1024;

/** All variables of an execution together, bytes. */
export const MAX_VARIABLES_BYTES = 10 * 1024 * 1024;

/** Events in the history of one execution; the last one says that it failed. */
export const MAX_HISTORY_EVENTS = 25_000;

/** Length of an execution's or state machine's name, characters. */
export const MAX_NAME_LENGTH = 80;

/** Length of a state's name, characters. */
export const MAX_STATE_NAME_LENGTH = 80;

/** Size of a definition, bytes. */
export const MAX_DEFINITION_BYTES = 1024 * 1024;

/** How long an execution may run, milliseconds (one year). */
export const MAX_EXECUTION_MS = 365 * 86_400_000;

/** How long a closed execution and its name are kept, milliseconds (90 days). */
export const RETENTION_MS = 90 * 86_400_000;

/** Longest wait, timeout or retry interval that a definition may give, seconds. */
export const MAX_SECONDS = 99_999_999;

/** Iterations of an inline Map that run at once. */
export const MAX_INLINE_CONCURRENCY = 40;
