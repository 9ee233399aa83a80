import { type DynamoDBDocumentClient, GetCommand, paginateQuery, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { readBatch } from '#core/adapters/dynamodb/read-batch.ts';
import { setOrRemove } from '#core/adapters/dynamodb/set-or-remove.ts';
import { unlessRefused } from '#core/adapters/dynamodb/unless-refused.ts';
import { type SessionRow, SessionRowSchema } from '#core/contracts/rows/session-row.ts';
import type { SessionId } from '#core/domain/ids.ts';
import { Index, TableKeys } from '#core/resource-names.ts';
import type { SessionIdentity } from './session-identity.ts';

/** What the connector writes of a session; `undefined` takes an attribute away. */
export type SessionChanges = Pick<SessionRow, (typeof WRITTEN)[number]> & {
  /** Its start is over and has not harmed the process: mark and crashes go. */
  readonly endsStart?: boolean;
};

export type StartMark = NonNullable<SessionRow['startMark']>;
export type Trial = NonNullable<SessionRow['rowTrial']>;
export type TrialSlot = 'rowTrial' | 'replayTrial';

export interface SessionRepository {
  /** Sessions of a shard as they are now: the index names them, the table tells them. */
  listByShard(shard: number): Promise<readonly SessionRow[]>;
  /** Strongly consistent. */
  get(sessionId: SessionId): Promise<SessionRow | undefined>;
  /** @returns false when the session was deleted, perhaps created anew under the same number: nothing was written */
  update(identity: SessionIdentity, changes: SessionChanges): Promise<boolean>;
  /** Notes that its start begins. @returns its row; undefined, with nothing written, when it is gone or under suspicion */
  markStart(identity: SessionIdentity, mark: StartMark): Promise<SessionRow | undefined>;
  /** Replaces what is held against its starts; without a mark, nothing is held against its rows any more. @returns false when the session was deleted */
  suspect(identity: SessionIdentity, crashes: readonly number[], mark: StartMark | undefined): Promise<boolean>;
  /** Notes work on a row that an earlier process may have died of, or its end. @returns false when the session was deleted */
  trial(identity: SessionIdentity, slot: TrialSlot, trial: Trial | undefined): Promise<boolean>;
  /** Its start ended with the process alive, before there was a status to tell. @returns false when the session was deleted */
  unmark(identity: SessionIdentity): Promise<boolean>;
}

const { pk } = TableKeys.sessions;
const WRITTEN = [
  'status',
  'reason',
  'reasonCode',
  'reasonUntilMs',
  'sinceMs',
  'phoneNumber',
  'lid',
  'profileName',
  'qr',
  'qrExpiresAtMs',
] as const;
/** What is held against a session. */
const SUSPICIONS = ['startMark', 'crashes', 'rowTrial'] as const;

type Attribute = (typeof WRITTEN)[number] | (typeof SUSPICIONS)[number] | TrialSlot;

interface SessionTable {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
}

export function makeSessionRepository(table: SessionTable): SessionRepository {
  return { ...readsOf(table), ...writesOf(table) };
}

function readsOf({ dynamo, tableName: TableName }: SessionTable): Pick<SessionRepository, 'get' | 'listByShard'> {
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
        const keys = (page.Items ?? []).map((item) => ({ [pk]: String(item[pk]) }));
        const items = await readBatch({ dynamo, tableName: TableName, keys, consistent: true });
        rows.push(...items.map((item) => SessionRowSchema.parse(item)));
      }
      return rows;
    },
  };
}

function writesOf(table: SessionTable): Omit<SessionRepository, keyof ReturnType<typeof readsOf>> {
  const write = makeWrite(table);
  const written = async (...change: Parameters<typeof write>): Promise<boolean> =>
    (await write(...change)) !== undefined;
  return {
    async update(identity, { endsStart, ...changes }) {
      const all = Object.fromEntries(WRITTEN.map((name) => [name, changes[name]]));
      return written(identity, endsStart ? { ...all, startMark: undefined, crashes: undefined } : all);
    },
    markStart: (identity, startMark) => write(identity, { startMark }, { unsuspected: true }),
    async suspect(identity, crashes, startMark) {
      const change = { crashes: [...crashes], startMark };
      return written(identity, startMark ? change : { ...change, rowTrial: undefined });
    },
    trial: (identity, slot, trial) => written(identity, { [slot]: trial }),
    unmark: (identity) => written(identity, { startMark: undefined }),
  };
}

/** @returns changes a session's row: the new row; undefined when the session is gone, or not `unsuspected` where that is asked */
function makeWrite({ dynamo, tableName: TableName }: SessionTable) {
  return async (
    { sessionId, sessionUid }: SessionIdentity,
    changes: { readonly [K in Attribute]?: SessionRow[K] | undefined },
    { unsuspected = false } = {},
  ): Promise<SessionRow | undefined> => {
    const { UpdateExpression, ...named } = setOrRemove(changes);
    const clean = unsuspected ? SUSPICIONS : [];
    const command = new UpdateCommand({
      TableName,
      Key: { [pk]: sessionId },
      UpdateExpression,
      ConditionExpression: ['sessionUid = :uid', ...clean.map((name) => `attribute_not_exists(#${name})`)].join(
        ' AND ',
      ),
      ExpressionAttributeNames: {
        ...named.ExpressionAttributeNames,
        ...Object.fromEntries(clean.map((name) => [`#${name}`, name])),
      },
      ExpressionAttributeValues: { ...named.ExpressionAttributeValues, ':uid': sessionUid },
      ReturnValues: 'ALL_NEW',
    });
    const updated = await unlessRefused(dynamo.send(command));
    return updated && SessionRowSchema.parse(updated.Attributes);
  };
}
