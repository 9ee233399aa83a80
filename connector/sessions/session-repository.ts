import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, paginateQuery, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type SessionRow, SessionRowSchema } from '#core/contracts/rows/session-row.ts';
import type { SessionId } from '#core/domain/ids.ts';
import { Index, TableKeys } from '#core/resource-names.ts';
import type { SessionIdentity } from './session-identity.ts';

/** What the connector writes of a session; `undefined` takes an attribute away. */
export type SessionChanges = Pick<
  SessionRow,
  'status' | 'reason' | 'sinceMs' | 'phoneNumber' | 'lid' | 'profileName' | 'qr' | 'qrExpiresAtMs'
>;

export interface SessionRepository {
  /** Sessions of a shard as they are now: the index names them, the table tells them. */
  listByShard(shard: number): Promise<readonly SessionRow[]>;
  /** Strongly consistent. */
  get(sessionId: SessionId): Promise<SessionRow | undefined>;
  /** @returns false when the session was deleted, perhaps created anew under the same number: nothing was written */
  update(identity: SessionIdentity, changes: SessionChanges): Promise<boolean>;
}

const { pk } = TableKeys.sessions;
const WRITTEN = ['status', 'reason', 'sinceMs', 'phoneNumber', 'lid', 'profileName', 'qr', 'qrExpiresAtMs'] as const;

export function makeSessionRepository(options: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
}): SessionRepository {
  const { dynamo, tableName: TableName } = options;
  const get = async (sessionId: SessionId): Promise<SessionRow | undefined> => {
    const { Item } = await dynamo.send(new GetCommand({ TableName, Key: { [pk]: sessionId }, ConsistentRead: true }));
    return Item && SessionRowSchema.parse(Item);
  };
  return {
    get,
    async listByShard(shard) {
      const query = {
        TableName,
        IndexName: Index.sessionsByShard,
        KeyConditionExpression: '#shard = :shard',
        ExpressionAttributeNames: { '#shard': 'shard' },
        ExpressionAttributeValues: { ':shard': shard },
      };
      const rows: SessionRow[] = [];
      for await (const page of paginateQuery({ client: dynamo }, query)) {
        const named = (page.Items ?? []).map((item) => get(item[pk] as SessionId));
        for (const row of await Promise.all(named)) if (row) rows.push(row);
      }
      return rows;
    },
    async update({ sessionId, sessionUid }, changes) {
      const set = WRITTEN.filter((name) => changes[name] !== undefined);
      const remove = WRITTEN.filter((name) => changes[name] === undefined);
      const expressions = [`SET ${set.map((name) => `#${name} = :${name}`).join(', ')}`];
      if (remove.length > 0) expressions.push(`REMOVE ${remove.map((name) => `#${name}`).join(', ')}`);
      const command = new UpdateCommand({
        TableName,
        Key: { [pk]: sessionId },
        UpdateExpression: expressions.join(' '),
        ConditionExpression: '#sessionUid = :sessionUid',
        ExpressionAttributeNames: Object.fromEntries([...WRITTEN, 'sessionUid'].map((name) => [`#${name}`, name])),
        ExpressionAttributeValues: {
          ...Object.fromEntries(set.map((name) => [`:${name}`, changes[name]])),
          ':sessionUid': sessionUid,
        },
      });
      try {
        await dynamo.send(command);
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
  };
}
