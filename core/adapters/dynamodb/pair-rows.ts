import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type PairRow, PairRowSchema } from '../../contracts/rows/pair-row.ts';
import { msPerToken, type Rate } from '../../domain/limits/gcra.ts';
import { pairRowUntilMs } from '../../domain/limits/pair.ts';
import { TableKeys, TTL_ATTRIBUTE } from '../../resource-names.ts';
import { unlessRefused } from './unless-refused.ts';

const { pk } = TableKeys.limits;
const NAMES = { '#tat': 'tat', '#ttl': TTL_ATTRIBUTE } as const;

export const pairRowOf = (item: Readonly<Record<string, unknown>> | undefined): PairRow | undefined =>
  item && PairRowSchema.parse(item);

export interface PairStep {
  readonly set: string;
  readonly values: Readonly<Record<string, number>>;
  readonly condition?: string;
}

/** @returns the row as it was, also where the condition did not hold */
export const makePairWrite =
  (to: { readonly dynamo: DynamoDBDocumentClient; readonly TableName: string; readonly rememberedDays: number }) =>
  async (key: string, nowMs: number, { set, values, condition }: PairStep) => {
    try {
      const { Attributes } = await to.dynamo.send(
        new UpdateCommand({
          TableName: to.TableName,
          Key: { [pk]: key },
          UpdateExpression: `SET ${set}, #ttl = :ttl, bornMs = if_not_exists(bornMs, :born)`,
          ...(condition !== undefined && { ConditionExpression: condition }),
          ExpressionAttributeNames: NAMES,
          ExpressionAttributeValues: {
            ...values,
            ':ttl': Math.ceil(pairRowUntilMs(nowMs, to.rememberedDays) / 1000),
            ':born': nowMs,
          },
          ReturnValues: 'ALL_OLD',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return { ok: true, before: pairRowOf(Attributes) } as const;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { ok: false, before: pairRowOf(error.Item) } as const;
    }
  };

/** One row. */
export interface PairRowName {
  readonly dynamo: DynamoDBDocumentClient;
  readonly TableName: string;
  readonly key: string;
}

/** Puts the row back as it was, unless others have changed it. */
export async function restorePair(
  { dynamo, TableName, key }: PairRowName,
  { before, tat }: { readonly before: PairRow | undefined; readonly tat: number },
): Promise<boolean> {
  const common = {
    TableName,
    Key: { [pk]: key },
    ExpressionAttributeNames: { '#tat': NAMES['#tat'] },
    ExpressionAttributeValues: { ':mine': tat },
  };
  if (before === undefined) {
    const unchanged = '#tat = :mine AND attribute_not_exists(wroteMs)';
    const remove = new DeleteCommand({ ...common, ConditionExpression: unchanged });
    return (await unlessRefused(dynamo.send(remove))) !== undefined;
  }
  const { tat: old } = before;
  const put = new UpdateCommand({
    ...common,
    UpdateExpression: old === undefined ? 'REMOVE #tat' : 'SET #tat = :old',
    ConditionExpression: '#tat = :mine',
    ExpressionAttributeValues: { ':mine': tat, ...(old !== undefined && { ':old': old }) },
  });
  return (await unlessRefused(dynamo.send(put))) !== undefined;
}

/** Takes one token's time off the bucket; a row whose tokens have all been given back knows nobody. */
export async function withdrawPair({ dynamo, TableName, key }: PairRowName, rate: Rate): Promise<void> {
  const common = { TableName, Key: { [pk]: key }, ExpressionAttributeNames: { '#tat': NAMES['#tat'] } };
  const lowered = await unlessRefused(
    dynamo.send(
      new UpdateCommand({
        ...common,
        UpdateExpression: 'SET #tat = #tat - :one',
        ConditionExpression: 'attribute_exists(#tat)',
        ExpressionAttributeValues: { ':one': msPerToken(rate) },
        ReturnValues: 'ALL_NEW',
      }),
    ),
  );
  const { tat, bornMs, wroteMs } = pairRowOf(lowered?.Attributes) ?? {};
  if (tat === undefined || bornMs === undefined || wroteMs !== undefined) return;
  if (tat > bornMs + msPerToken(rate) / 2) return;
  const remove = new DeleteCommand({
    ...common,
    ConditionExpression: '#tat = :left',
    ExpressionAttributeValues: { ':left': tat },
  });
  await unlessRefused(dynamo.send(remove));
}
