import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { type SessionRow, SessionRowSchema } from '../../contracts/rows/session-row.ts';
import type { AccountId, SessionId } from '../../domain/ids.ts';
import { Index, TableKeys } from '../../resource-names.ts';

/** What the API reads and writes of sessions; status and pairing are the connector's. */
export interface SessionRepository {
  /** Stores a new session. @returns false if the id is taken */
  create(row: SessionRow): Promise<boolean>;
  /** Strongly consistent. */
  get(sessionId: SessionId): Promise<SessionRow | undefined>;
  /** From an index, so a session of the last second may be missing. Ordered by id. */
  listByAccount(accountId: AccountId): Promise<readonly SessionRow[]>;
  /** Notes what the owner wants. @returns false if the session is gone */
  setDesired(row: Pick<SessionRow, 'sessionId' | 'sessionUid'>, desired: SessionRow['desired']): Promise<boolean>;
  /** Removes this very session, never one that has taken its id since. @returns false if it is gone already */
  remove(row: Pick<SessionRow, 'sessionId' | 'sessionUid'>): Promise<boolean>;
}

const { pk } = TableKeys.sessions;

/** Runs a conditional write. @returns false if the condition did not hold */
async function unlessRefused(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

export function makeSessionRepository(options: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
}): SessionRepository {
  const { dynamo, tableName: TableName } = options;
  return {
    create: (row) =>
      unlessRefused(
        dynamo.send(
          new PutCommand({
            TableName,
            Item: row,
            ConditionExpression: 'attribute_not_exists(#pk)',
            ExpressionAttributeNames: { '#pk': pk },
          }),
        ),
      ),
    async get(sessionId) {
      const { Item } = await dynamo.send(new GetCommand({ TableName, Key: { [pk]: sessionId }, ConsistentRead: true }));
      return Item && SessionRowSchema.parse(Item);
    },
    async listByAccount(accountId) {
      const rows: SessionRow[] = [];
      const query = {
        TableName,
        IndexName: Index.sessionsByAccount,
        KeyConditionExpression: 'accountId = :account',
        ExpressionAttributeValues: { ':account': accountId },
      };
      for await (const page of paginateQuery({ client: dynamo }, query)) {
        for (const item of page.Items ?? []) rows.push(SessionRowSchema.parse(item));
      }
      return rows;
    },
    setDesired: ({ sessionId, sessionUid }, desired) =>
      unlessRefused(
        dynamo.send(
          new UpdateCommand({
            TableName,
            Key: { [pk]: sessionId },
            UpdateExpression: 'SET desired = :desired',
            ConditionExpression: 'sessionUid = :uid',
            ExpressionAttributeValues: { ':desired': desired, ':uid': sessionUid },
          }),
        ),
      ),
    remove: ({ sessionId, sessionUid }) =>
      unlessRefused(
        dynamo.send(
          new DeleteCommand({
            TableName,
            Key: { [pk]: sessionId },
            ConditionExpression: 'sessionUid = :uid',
            ExpressionAttributeValues: { ':uid': sessionUid },
          }),
        ),
      ),
  };
}
