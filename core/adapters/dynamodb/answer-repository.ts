import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { type AnswerRow, AnswerRowSchema } from '../../contracts/rows/answer-row.ts';
import { type Clock, sleep } from '../../domain/clock.ts';
import type { QuestionId } from '../../domain/ids.ts';
import { TableKeys } from '../../resource-names.ts';

/** WhatsApp's answers to questions of the API, as the connector leaves them. */
export interface AnswerRepository {
  /** Waits for the answer until `deadlineMs`, wall time in milliseconds. @returns undefined if none has come by then */
  wait(questionId: QuestionId, deadlineMs: number): Promise<AnswerRow['answer'] | undefined>;
}

/** Milliseconds between two looks: an answer takes WhatsApp a second, a look costs half a read unit. */
const LOOK_EVERY_MS = 250;

export function makeAnswerRepository(options: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly clock: Clock;
}): AnswerRepository {
  const { dynamo, tableName: TableName, clock } = options;
  return {
    async wait(questionId, deadlineMs) {
      while (clock.now() < deadlineMs) {
        await sleep(clock, LOOK_EVERY_MS);
        const { Item } = await dynamo.send(new GetCommand({ TableName, Key: { [TableKeys.answers.pk]: questionId } }));
        if (Item) return AnswerRowSchema.parse(Item).answer;
      }
      return undefined;
    },
  };
}
