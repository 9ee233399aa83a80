import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { type SessionRow, SessionRowSchema } from '../../contracts/rows/session-row.ts';
import type { AccountId, SessionId, SessionUid } from '../../domain/ids.ts';
import { Index, TableKeys } from '../../resource-names.ts';
import { type SetOrRemove, setOrRemove } from './set-or-remove.ts';
import { unlessRefused } from './unless-refused.ts';

/** What the API reads and writes of sessions; status and pairing are the connector's. */
export interface SessionRepository {
  /** Stores a new session. @returns false if the id is taken */
  create(row: SessionRow): Promise<boolean>;
  /** Strongly consistent. */
  get(sessionId: SessionId): Promise<SessionRow | undefined>;
  /** From an index, so a session of the last second may be missing. Ordered by id. */
  listByAccount(accountId: AccountId): Promise<readonly SessionRow[]>;
  /** Notes what the owner wants, and which status that is to end. @returns false if the session is gone */
  setDesired(
    row: Pick<SessionRow, 'sessionId' | 'sessionUid' | 'sinceMs'>,
    desired: SessionRow['desired'],
  ): Promise<boolean>;
  /** Sets name, proxy and limits; undefined takes one away. @returns the new row, undefined if the session is gone */
  change(
    row: Pick<SessionRow, 'sessionId' | 'sessionUid'>,
    changes: { readonly [K in (typeof CHANGEABLE)[number]]: SessionRow[K] },
  ): Promise<SessionRow | undefined>;
  /** Removes this very session, never one that has taken its id since. @returns false if it is gone already */
  remove(row: Pick<SessionRow, 'sessionId' | 'sessionUid'>): Promise<boolean>;
}

const { pk } = TableKeys.sessions;
/** What the owner may change at any time. */
const CHANGEABLE = ['name', 'proxy', 'limits'] as const;

interface SessionTable {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
}

export function makeSessionRepository(table: SessionTable): SessionRepository {
  return { ...readsOf(table), ...writesOf(table) };
}

function readsOf({ dynamo, tableName: TableName }: SessionTable): Pick<SessionRepository, 'get' | 'listByAccount'> {
  return {
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
  };
}

/** Each holds for this very session only, never for one that has taken its id since. */
function writesOf({
  dynamo,
  tableName: TableName,
}: SessionTable): Omit<SessionRepository, keyof ReturnType<typeof readsOf>> {
  const update = (sessionId: SessionId, sessionUid: SessionUid, expression: SetOrRemove) =>
    unlessRefused(
      dynamo.send(
        new UpdateCommand({
          TableName,
          Key: { [pk]: sessionId },
          ...expression,
          ConditionExpression: 'sessionUid = :uid',
          ExpressionAttributeValues: { ...expression.ExpressionAttributeValues, ':uid': sessionUid },
          ReturnValues: 'ALL_NEW',
        }),
      ),
    );
  return {
    async create(row) {
      const isNew = { ConditionExpression: 'attribute_not_exists(#pk)', ExpressionAttributeNames: { '#pk': pk } };
      if (await unlessRefused(dynamo.send(new PutCommand({ TableName, Item: row, ...isNew })))) return true;
      // The SDK's second attempt finds what the first one wrote when its answer was lost.
      const there = await readsOf({ dynamo, tableName: TableName }).get(row.sessionId);
      return there?.sessionUid === row.sessionUid;
    },
    async setDesired({ sessionId, sessionUid, sinceMs }, desired) {
      return (await update(sessionId, sessionUid, setOrRemove({ desired, startedFromMs: sinceMs }))) !== undefined;
    },
    async change({ sessionId, sessionUid }, changes) {
      const named = Object.fromEntries(CHANGEABLE.map((name) => [name, changes[name]]));
      const updated = await update(sessionId, sessionUid, setOrRemove(named));
      return updated && SessionRowSchema.parse(updated.Attributes);
    },
    async remove({ sessionId, sessionUid }) {
      const isThis = { ConditionExpression: 'sessionUid = :uid', ExpressionAttributeValues: { ':uid': sessionUid } };
      const command = new DeleteCommand({ TableName, Key: { [pk]: sessionId }, ...isThis });
      return (await unlessRefused(dynamo.send(command))) !== undefined;
    },
  };
}
