import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { AnswerRow } from '#core/contracts/rows/answer-row.ts';
import type { Clock } from '#core/domain/clock.ts';

/** Answers to questions that the API waits for. */
export interface AnswerTable {
  put(answer: Omit<AnswerRow, 'expiresAt'>): Promise<void>;
}

/** The API waits ten seconds (D5); the row may go soon after. */
const KEPT_S = 300;

export function makeAnswerTable(options: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly clock: Clock;
}): AnswerTable {
  const { dynamo, tableName: TableName, clock } = options;
  return {
    async put(answer) {
      const Item: AnswerRow = { ...answer, expiresAt: Math.ceil(clock.now() / 1000) + KEPT_S };
      await dynamo.send(new PutCommand({ TableName, Item }));
    },
  };
}
