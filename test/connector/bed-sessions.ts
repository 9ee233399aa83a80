import { randomBytes } from 'node:crypto';
import { DeleteCommand, GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { makeLeaseMarks } from '#core/adapters/dynamodb/lease-marks.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import { AccountIdSchema, EndpointIdSchema, newSessionId, newSessionUid, type SessionUid } from '#core/domain/ids.ts';
import { shardOf } from '#core/domain/shard.ts';
import { TableKeys } from '#core/resource-names.ts';
import { type BedCloud, SHARDS } from './bed-cloud.ts';

const ACCOUNT = AccountIdSchema.parse('123456789012345678');
const ENDPOINT = EndpointIdSchema.parse(`wh_${'a'.repeat(24)}`);
/** Between two looks at a row, milliseconds. */
const LOOK_MS = 50;
const STATUS_WITHIN_MS = 20_000;

export type Identity = Pick<SessionRow, 'accountId' | 'sessionId' | 'sessionUid' | 'shard'>;

/** What the API writes about sessions, and what their rows say. */
export function makeBedSessions({ tables }: Pick<BedCloud, 'tables'>) {
  const row = async ({ sessionId }: Identity): Promise<SessionRow | undefined> => {
    const { Item } = await tables.send(
      new GetCommand({ TableName: 'sessions', Key: { sessionId }, ConsistentRead: true }),
    );
    return Item as SessionRow | undefined;
  };
  return {
    row,
    /** What POST /sessions does. @param shard @default any */
    async createSession(shard?: number): Promise<Identity> {
      const sessionUid = sessionUidIn(shard);
      const created: SessionRow = {
        sessionId: newSessionId(randomBytes),
        sessionUid,
        accountId: ACCOUNT,
        shard: shardOf(sessionUid, SHARDS),
        desired: 'running',
        status: 'created',
        sinceMs: Date.now(),
        createdAtMs: Date.now(),
      };
      const endpoint = {
        accountId: ACCOUNT,
        endpointId: ENDPOINT,
        url: 'https://example.com/',
        events: ['messages', 'statuses', 'sessions', 'message_echoes', 'calls'],
        secretCiphertext: 'x',
        createdAtMs: Date.now(),
      };
      await tables.send(new PutCommand({ TableName: 'sessions', Item: created }));
      await tables.send(new PutCommand({ TableName: 'endpoints', Item: endpoint }));
      await makeLeaseMarks({ dynamo: tables, tableName: 'tasks' }).want(created.shard);
      return created;
    },
    /** The QR that the session offers, as soon as there is one. */
    async qr(identity: Identity): Promise<string> {
      for (;;) {
        const qr = (await row(identity))?.qr;
        if (qr !== undefined) return qr;
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
    },
    /** The row once it has this status, and this reason if one is given. */
    async status(identity: Identity, status: SessionRow['status'], reasonCode?: string): Promise<SessionRow> {
      const until = Date.now() + STATUS_WITHIN_MS;
      for (;;) {
        const now = await row(identity);
        if (now?.status === status && (reasonCode ?? now.reasonCode) === now.reasonCode) return now;
        if (Date.now() > until) throw new Error(`The session is ${now?.status} (${now?.reason}), not ${status}.`);
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
    },
    /** What a start or a stop writes to the row. */
    async setDesired({ sessionId }: Identity, desired: SessionRow['desired']): Promise<void> {
      await tables.send(
        new UpdateCommand({
          TableName: 'sessions',
          Key: { sessionId },
          UpdateExpression: 'SET desired = :desired',
          ExpressionAttributeValues: { ':desired': desired },
        }),
      );
    },
    async deleteRow({ sessionId }: Identity): Promise<void> {
      await tables.send(new DeleteCommand({ TableName: 'sessions', Key: { sessionId } }));
    },
    /** Sort keys of what a table has of a session. */
    async rowsOf(table: 'authState' | 'messages', identity: Identity): Promise<string[]> {
      const { pk, sk } = TableKeys[table];
      const { Items = [] } = await tables.send(
        new QueryCommand({
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: '#pk = :pk',
          ExpressionAttributeNames: { '#pk': pk },
          ExpressionAttributeValues: { ':pk': identity.sessionUid },
        }),
      );
      return Items.map((item) => String(item[sk]));
    },
  };
}

/** @param shard the uid falls into it; any if undefined */
function sessionUidIn(shard: number | undefined): SessionUid {
  for (;;) {
    const sessionUid = newSessionUid(randomBytes);
    if (shard === undefined || shardOf(sessionUid, SHARDS) === shard) return sessionUid;
  }
}
