import { type Logger as PinoLogger, pino } from 'pino';
import type { ErrorReport } from '#core/adapters/http/error-tracker.ts';

/** Structured logging: fields first, then one constant sentence. Never a body, a key or a full phone number. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error' | 'level'> & {
  child(fields: Record<string, unknown>): Logger;
};

/** Runs of this many digits are phone numbers or LIDs; times of day and ids of ours in hex pass. */
const LONG_NUMBER = /\d{7,}/g;
const DIGITS_SHOWN = 4;

/** Replaces each long number by its last four digits. */
export const maskNumbers = (text: string): string =>
  text.replace(LONG_NUMBER, (digits) => `…${digits.slice(-DIGITS_SHOWN)}`);

/** What may be logged of an error: its name, code, masked message and the frames of its stack. */
export function errorFields(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error, message: maskNumbers(String(error)) };
  const [, ...frames] = (error.stack ?? '').split('\n    at ');
  return {
    type: error.name,
    message: maskNumbers(error.message),
    stack: frames.slice(0, 8).join(' < '),
    ...(error.cause === undefined ? {} : { cause: errorFields(error.cause) }),
  };
}

/** pino's number for `error`. */
const ERROR_LEVEL = 50;

export interface LoggerOptions {
  readonly level: string;
  readonly version: string;
  /** Hears of each line of level error that has an error in it. */
  readonly onError?: (report: ErrorReport) => void;
}

/** A line is fields and a sentence. */
function tellOf(
  [fields, sentence]: readonly unknown[],
  bindings: Readonly<Record<string, unknown>>,
  onError: (report: ErrorReport) => void,
): void {
  const error = (fields as { readonly error?: unknown }).error;
  if (error instanceof Error)
    onError({ sentence: String(sentence), error, fields: { ...bindings, ...(fields as object) } });
}

/** The connector's logger: one JSON object a line on standard output, `level` a word, `time` ISO 8601. */
export function makeLogger(options: LoggerOptions): Logger {
  const { onError } = options;
  return pino({
    level: options.level,
    base: { service: 'connector', version: options.version },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label.toUpperCase() }) },
    messageKey: 'message',
    errorKey: 'error',
    serializers: { error: errorFields },
    hooks: {
      logMethod(args, method, level) {
        if (onError && level >= ERROR_LEVEL) tellOf(args, this.bindings(), onError);
        method.apply(this, args);
      },
    },
  });
}
