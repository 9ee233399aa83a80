import type { SQSRecord } from 'aws-lambda';
import type * as z from 'zod';
import { logger } from './logger.ts';

/** A queue message that was read, or why it can't be: paths and codes, without its content. */
export type ReadRecord<T> = { readonly value: T } | { readonly problems: readonly string[] };

/** Reads the body of a queue message. @returns undefined, and a log line without the content, if it can't be read */
export function readRecord<S extends z.ZodType>(schema: S, record: SQSRecord): z.output<S> | undefined {
  const read = readOrProblems(schema, record);
  return 'value' in read ? read.value : undefined;
}

/** As `readRecord`, for whoever has to say what is wrong with it. */
export function readOrProblems<S extends z.ZodType>(schema: S, record: SQSRecord): ReadRecord<z.output<S>> {
  const parsed = schema.safeParse(jsonOf(record.body));
  if (parsed.success) return { value: parsed.data };
  const problems = parsed.error.issues.map(({ path, code }) => `${path.map(String).join('.')}: ${code}`);
  logger.error('queue message is not readable', { queueMessageId: record.messageId, problems });
  return { problems };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
