import { createHash } from 'node:crypto';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Clock } from '../../domain/clock.ts';
import { type AccountId, type SessionUid, SessionUidSchema, type StanzaId, StanzaIdSchema } from '../../domain/ids.ts';
import { LIMIT_KEYS, TableKeys, TTL_ATTRIBUTE } from '../../resource-names.ts';
import { unlessRefused } from './unless-refused.ts';

/** What was made of a request with an Idempotency-Key. */
export interface IdempotencyRecord {
  readonly sessionUid: SessionUid;
  readonly stanzaId: StanzaId;
  /** SHA-256 of the body, hex; the body itself is not kept. */
  readonly bodyHash: string;
  /** The message is in its queue. False: the request that made the record may have died before. */
  readonly done: boolean;
}

/** Where a key counts: in one account, at one phone number id. */
export interface IdempotencyScope {
  readonly accountId: AccountId;
  /** As it stands in the path. */
  readonly phoneNumberId: string;
  /** As the client sent it. */
  readonly key: string;
}

export interface IdempotencyRepository {
  /** Strongly consistent: one read. */
  find(scope: IdempotencyScope): Promise<IdempotencyRecord | undefined>;
  /** Notes what is going to be done, unless another request has: one write. @returns the record that counts */
  claim(scope: IdempotencyScope, record: Omit<IdempotencyRecord, 'done'>): Promise<IdempotencyRecord>;
  /** Notes that it is done: one write. */
  finish(scope: IdempotencyScope, record: IdempotencyRecord): Promise<void>;
}

/** D3: a repeated key means the same request for so long, seconds. */
const KEPT_S = 24 * 60 * 60;

const { pk } = TableKeys.limits;
const text = <S extends z.ZodType>(schema: S) =>
  z
    .union([z.string(), z.object({ S: z.string() }).transform(({ S }) => S)])
    .pipe(schema as unknown as z.ZodType<z.output<S>, string>);
/** In an error DynamoDB's document client leaves attributes as they came over the wire. */
const RowSchema = z.object({
  sessionUid: text(SessionUidSchema),
  stanzaId: text(StanzaIdSchema),
  bodyHash: text(z.string()),
  done: z.union([z.boolean(), z.object({ BOOL: z.boolean() }).transform(({ BOOL }) => BOOL)]).default(false),
});

const keyOf = ({ accountId, phoneNumberId, key }: IdempotencyScope): string =>
  `${LIMIT_KEYS.idempotency}${createHash('sha256')
    .update(JSON.stringify([accountId, phoneNumberId, key]))
    .digest('hex')}`;

export function makeIdempotencyRepository(options: {
  readonly dynamo: DynamoDBDocumentClient;
  /** The limits table. */
  readonly tableName: string;
  readonly clock: Clock;
}): IdempotencyRepository {
  const { dynamo, tableName: TableName, clock } = options;
  const nowS = (): number => Math.floor(clock.now() / 1000);
  return {
    async find(scope) {
      const { Item } = await dynamo.send(
        new GetCommand({ TableName, Key: { [pk]: keyOf(scope) }, ConsistentRead: true }),
      );
      return Item && Number(Item[TTL_ATTRIBUTE]) > nowS() ? RowSchema.parse(Item) : undefined;
    },
    async claim(scope, record) {
      try {
        await dynamo.send(
          new PutCommand({
            TableName,
            Item: { ...record, [pk]: keyOf(scope), [TTL_ATTRIBUTE]: nowS() + KEPT_S },
            // TTL may be days late, and a number that was created anew inherits nothing.
            ConditionExpression: 'attribute_not_exists(#pk) OR #ttl <= :now OR sessionUid <> :uid',
            ExpressionAttributeNames: { '#pk': pk, '#ttl': TTL_ATTRIBUTE },
            ExpressionAttributeValues: { ':now': nowS(), ':uid': record.sessionUid },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return { ...record, done: false };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        return RowSchema.parse(error.Item);
      }
    },
    async finish(scope, { stanzaId }) {
      await unlessRefused(
        dynamo.send(
          new UpdateCommand({
            TableName,
            Key: { [pk]: keyOf(scope) },
            UpdateExpression: 'SET done = :done',
            ConditionExpression: 'stanzaId = :stanza',
            ExpressionAttributeValues: { ':done': true, ':stanza': stanzaId },
          }),
        ),
      );
    },
  };
}
