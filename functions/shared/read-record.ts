import type { SQSRecord } from 'aws-lambda';
import type * as z from 'zod';
import { logger } from './logger.ts';

/** Reads the body of a queue message. @returns undefined, and a log line without the content, if it can't be read */
export function readRecord<S extends z.ZodType>(schema: S, record: SQSRecord): z.output<S> | undefined {
  const parsed = schema.safeParse(jsonOf(record.body));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, code }) => `${path.map(String).join('.')}: ${code}`);
  logger.error('queue message is not readable', { queueMessageId: record.messageId, problems });
  return undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
