import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type Clock, inTime } from '#core/domain/clock.ts';
import { MARKED_EVERY_MS, type Pair, pairKeyOf, pairRowUntilMs } from '#core/domain/limits/pair.ts';
import { RecentMap } from '#core/domain/recent-map.ts';
import { TableKeys, TTL_ATTRIBUTE } from '#core/resource-names.ts';
import type { Logger } from '../observability/logger.ts';

/** Tells the API's limits whom a number knows without the API having written to them (docs/limits.md). */
export interface ContactMarks {
  /**
   * They have written to the number, or it to them from its phone. One write the first time in a process and once a day, else
   * none. Never rejects and never takes long: a mark that fails makes somebody a new contact, no more.
   */
  met(pair: Pair): Promise<void>;
}

/** Of all sessions of the task; an entry is about 100 bytes. */
const MOST_MARKED = 20_000;
/** The event waits for the mark no longer, milliseconds. */
const PATIENCE_MS = 1000;

const { pk } = TableKeys.limits;

export function makeContactMarks(options: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly limitsTable: string;
  /** How long two know each other after their last message, days. */
  readonly rememberedDays: number;
  readonly clock: Clock;
  readonly logger: Logger;
}): ContactMarks {
  const { dynamo, limitsTable: TableName, rememberedDays, clock, logger } = options;
  const marked = new RecentMap<string, number>(MOST_MARKED);
  const mark = async (key: string, nowMs: number): Promise<void> => {
    try {
      await dynamo.send(
        new UpdateCommand({
          TableName,
          Key: { [pk]: key },
          UpdateExpression: 'SET wroteMs = :now, #ttl = :ttl',
          ExpressionAttributeNames: { '#ttl': TTL_ATTRIBUTE },
          ExpressionAttributeValues: {
            ':now': nowMs,
            ':ttl': Math.ceil(pairRowUntilMs(nowMs, rememberedDays) / 1000),
          },
        }),
      );
    } catch (error) {
      marked.delete(key);
      logger.warn({ error }, 'contact not marked');
    }
  };
  return {
    async met(pair) {
      const key = pairKeyOf(pair);
      const nowMs = Math.floor(clock.now());
      if (nowMs - (marked.get(key) ?? Number.NEGATIVE_INFINITY) < MARKED_EVERY_MS) return;
      marked.set(key, nowMs);
      await inTime(clock, PATIENCE_MS, mark(key, nowMs));
    },
  };
}
