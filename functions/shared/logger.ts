import { Logger } from '@aws-lambda-powertools/logger';
import { loadConfig } from './config.ts';
import { track } from './error-tracking.ts';

type ErrorArguments = Parameters<Logger['error']>;

/** What is logged as an error is told to the error tracker too, with the fields of that line. */
class TrackedLogger extends Logger {
  override error(...[sentence, ...extra]: ErrorArguments): void {
    super.error(sentence, ...extra);
    const fields = Object.assign({}, ...extra) as Record<string, unknown>;
    const { error } = fields;
    if (error instanceof Error && typeof sentence === 'string') track({ sentence, error, fields });
  }
}

/**
 * Log lines of functions: constant messages with fields (accountId, sessionUid, traceId, eventId …). Never a body, a key or a
 * full phone number; a public session id often is one.
 */
export const logger = new TrackedLogger({ serviceName: 'pombo', logLevel: loadConfig('logLevel').logLevel });
