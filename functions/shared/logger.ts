import { Logger } from '@aws-lambda-powertools/logger';
import { loadConfig } from './config.ts';

/**
 * Log lines of functions: constant messages with fields (accountId, sessionUid, traceId, eventId …). Never a body, a key or a
 * full phone number; a public session id often is one.
 */
export const logger = new Logger({ serviceName: 'pombo', logLevel: loadConfig('logLevel').logLevel });
