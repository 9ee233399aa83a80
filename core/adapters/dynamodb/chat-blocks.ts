import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { type BlockRow, BlockRowSchema } from '../../contracts/rows/backlog-row.ts';
import type { Clock } from '../../domain/clock.ts';
import { BEFORE_ROWS, blockPositionOf } from '../../domain/delivery/backlog-keys.ts';
import type { BacklogRepository } from './backlog-repository.ts';
import { unlessRefused } from './unless-refused.ts';

type BlockActions = Pick<BacklogRepository, 'block' | 'blockedChats' | 'blockOf' | 'hold' | 'release' | 'unblock'>;

interface Change {
  readonly lane: string;
  readonly chat: string;
  readonly do: string;
  readonly if: string;
  readonly values: Record<string, unknown>;
}

const keyOf = (lane: string, chat: string) => ({ lane, position: blockPositionOf(chat) });

/** The part of the backlog that keeps the order of chats. */
export function chatBlocks(options: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly clock: Clock;
}) {
  const { dynamo, tableName: TableName, clock } = options;
  /** @returns false where the condition did not hold */
  const update = async (change: Change): Promise<boolean> => {
    const write = new UpdateCommand({
      TableName,
      Key: keyOf(change.lane, change.chat),
      UpdateExpression: change.do,
      ConditionExpression: change.if,
      ExpressionAttributeValues: change.values,
    });
    return (await unlessRefused(dynamo.send(write))) !== undefined;
  };
  const repository: BlockActions = {
    async block(lane, chat, block) {
      const Item: BlockRow = { ...keyOf(lane, chat), ...block, createdAtMs: clock.now() };
      const write = new PutCommand({ TableName, Item, ConditionExpression: 'attribute_not_exists(lane)' });
      return (await unlessRefused(dynamo.send(write))) !== undefined;
    },
    async blockOf(lane, chat) {
      const { Item } = await dynamo.send(new GetCommand({ TableName, Key: keyOf(lane, chat), ConsistentRead: true }));
      return BlockRowSchema.optional().parse(Item);
    },
    blockedChats: (lane) => blocksIn(dynamo, TableName, lane),
    hold: (lane, chat, { token, untilMs }) =>
      update({
        lane,
        chat,
        do: 'SET heldBy = :me, heldUntilMs = :until REMOVE dirty',
        if: 'attribute_exists(lane) AND (attribute_not_exists(heldBy) OR heldBy = :me OR heldUntilMs < :now)',
        values: { ':me': token, ':until': untilMs, ':now': clock.now() },
      }),
    async release(lane, chat, token, dueAtMs) {
      await update({
        lane,
        chat,
        do: 'SET dueAtMs = :due REMOVE heldBy, heldUntilMs',
        if: 'heldBy = :me',
        values: { ':me': token, ':due': dueAtMs },
      });
    },
    async unblock(lane, chat, token) {
      const write = new DeleteCommand({
        TableName,
        Key: keyOf(lane, chat),
        ConditionExpression: 'attribute_not_exists(lane) OR (heldBy = :me AND attribute_not_exists(dirty))',
        ExpressionAttributeValues: { ':me': token },
      });
      return (await unlessRefused(dynamo.send(write))) !== undefined;
    },
  };
  return {
    repository,
    /** Tells who holds the chat that there is one more row. @returns false if the block is gone */
    markDirty: (lane: string, chat: string): Promise<boolean> =>
      update({ lane, chat, do: 'SET dirty = :yes', if: 'attribute_exists(lane)', values: { ':yes': true } }),
  };
}

async function blocksIn(dynamo: DynamoDBDocumentClient, TableName: string, lane: string): Promise<readonly BlockRow[]> {
  const { Items = [] } = await dynamo.send(
    new QueryCommand({
      TableName,
      ConsistentRead: true,
      KeyConditionExpression: '#lane = :lane AND #position < :rows',
      ExpressionAttributeNames: { '#lane': 'lane', '#position': 'position' },
      ExpressionAttributeValues: { ':lane': lane, ':rows': BEFORE_ROWS },
    }),
  );
  return Items.map((item) => BlockRowSchema.parse(item));
}
