import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Clock } from '../../domain/clock.ts';
import type { RandomBytes } from '../../domain/ids.ts';
import { TableKeys } from '../../resource-names.ts';
import { unlessRefused } from './unless-refused.ts';

/**
 * The keys of media tokens: a random one for each day, made by whoever needs it first (docs/adr/0016-media-urls.md). A token expires
 * in minutes, so its key is that of the day on which it expires.
 */
export interface MediaTokenKeys {
  /** The key of a moment, made if there is none. @param atS seconds since the epoch */
  keyOf(atS: number): Promise<Uint8Array>;
  /** @returns undefined if nobody has made a token for that day */
  find(atS: number): Promise<Uint8Array | undefined>;
}

const { pk } = TableKeys.media;
const DAY_S = 86_400;
/** Of the SHA-256 that it keys. */
const KEY_BYTES = 32;
/** Rows of keys, beside those of files. */
const KEY_ROW = 'token-key#';
/** Keys kept in memory: yesterday's, today's. */
const MOST_KEYS = 2;

const RowSchema = z.object({ key: z.instanceof(Uint8Array) });

export function makeMediaTokenKeys(options: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly clock: Clock;
  readonly random: RandomBytes;
}): MediaTokenKeys {
  const { dynamo, tableName: TableName, clock, random } = options;
  const known = new Map<number, Uint8Array>();

  const read = async (day: number): Promise<Uint8Array | undefined> => {
    const seen = known.get(day);
    if (seen) return seen;
    const { Item } = await dynamo.send(
      new GetCommand({ TableName, Key: { [pk]: `${KEY_ROW}${day}` }, ConsistentRead: true }),
    );
    if (!Item) return undefined;
    const { key } = RowSchema.parse(Item);
    known.set(day, key);
    const [oldest] = known.keys();
    if (known.size > MOST_KEYS && oldest !== undefined) known.delete(oldest);
    return key;
  };

  const make = async (day: number): Promise<void> => {
    const expiresAt = Math.floor(clock.now() / 1000) + 2 * DAY_S;
    await unlessRefused(
      dynamo.send(
        new PutCommand({
          TableName,
          Item: { [pk]: `${KEY_ROW}${day}`, key: random(KEY_BYTES), expiresAt },
          ConditionExpression: 'attribute_not_exists(#pk)',
          ExpressionAttributeNames: { '#pk': pk },
        }),
      ),
    );
  };

  const dayOf = (atS: number): number => Math.floor(atS / DAY_S);

  return {
    find: (atS) => read(dayOf(atS)),
    async keyOf(atS) {
      const day = dayOf(atS);
      const there = await read(day);
      if (there) return there;
      await make(day);
      const made = await read(day);
      if (!made) throw new Error('the key of media tokens was not stored');
      return made;
    },
  };
}
