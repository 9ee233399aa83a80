import { DeleteCommand, type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { type MediaRow, MediaRowSchema } from '../../contracts/rows/media-row.ts';
import type { Clock } from '../../domain/clock.ts';
import type { MediaId } from '../../domain/ids.ts';
import { TableKeys } from '../../resource-names.ts';
import { unlessRefused } from './unless-refused.ts';

/** The media table. */
export interface MediaRepository {
  /** @returns undefined for a file that does not exist or has expired */
  get(mediaId: MediaId): Promise<MediaRow | undefined>;
  put(row: MediaRow): Promise<void>;
  /**
   * Puts a row, with a `claim` that nobody else has, unless there is one that is ready, or one that has been arriving since `staleMs`
   * or later.
   * @param options.failuresStay one that has failed is not tried again either
   * @returns the row that is there instead; undefined: it was put
   */
  claim(row: MediaRow & { readonly claim: string }, options: ClaimOptions): Promise<MediaRow | undefined>;
  remove(mediaId: MediaId): Promise<void>;
}

export interface ClaimOptions {
  readonly staleMs: number;
  readonly failuresStay?: boolean;
}

const { pk } = TableKeys.media;

export function makeMediaRepository(options: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly clock: Clock;
}): MediaRepository {
  const { dynamo, tableName: TableName, clock } = options;
  const get = async (mediaId: MediaId): Promise<MediaRow | undefined> => {
    const { Item } = await dynamo.send(new GetCommand({ TableName, Key: { [pk]: mediaId }, ConsistentRead: true }));
    const row = MediaRowSchema.optional().parse(Item);
    // DynamoDB deletes what has expired within days.
    return row && row.expiresAt * 1000 > clock.now() ? row : undefined;
  };
  return {
    get,
    async put(row) {
      await dynamo.send(new PutCommand({ TableName, Item: row }));
    },
    async claim(row, { staleMs, failuresStay = false }) {
      const failed = failuresStay ? '' : ' OR #state = :failed';
      const claimed = new PutCommand({
        TableName,
        Item: row,
        ConditionExpression: `attribute_not_exists(#pk) OR (#state = :arriving AND sinceMs < :stale)${failed}`,
        ExpressionAttributeNames: { '#pk': pk, '#state': 'state' },
        ExpressionAttributeValues: {
          ':arriving': 'arriving',
          ':stale': staleMs,
          ...(!failuresStay && { ':failed': 'failed' }),
        },
      });
      if (await unlessRefused(dynamo.send(claimed))) return undefined;
      const there = await get(row.mediaId);
      // The SDK's second attempt finds what the first one wrote when its answer was lost.
      return there?.claim === row.claim ? undefined : there;
    },
    async remove(mediaId) {
      await dynamo.send(new DeleteCommand({ TableName, Key: { [pk]: mediaId } }));
    },
  };
}
