import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { counterKeyOf, countersOf, type DeliveryCounter, troubleKeyOf } from '../../domain/delivery-counts.ts';
import type { AccountId } from '../../domain/ids.ts';
import { TableKeys, TTL_ATTRIBUTE } from '../../resource-names.ts';
import { readBatch } from './read-batch.ts';
import { unlessRefused } from './unless-refused.ts';

/** Minutes since the epoch. */
export type Minute = number;
const MINUTE_MS = 60_000;
export const minuteOf = (ms: number): Minute => Math.floor(ms / MINUTE_MS);
export const minuteStartMs = (minute: Minute): number => minute * MINUTE_MS;

/** Counts of a minute, per account. */
export interface MinuteCounts {
  readonly accountId: AccountId;
  readonly minute: Minute;
  readonly counters: readonly DeliveryCounter[];
}

/** Rows `stats#<account>#<minute>` of the limits table, and `stats#reported`, the last minute that was told to monitoring. */
export interface DeliveryCountRows {
  /** Adds to a minute's counts; all of them in one UpdateItem up to 60 counters. */
  add(accountId: AccountId, minute: Minute, counters: readonly DeliveryCounter[]): Promise<void>;
  read(accountIds: readonly AccountId[], minutes: readonly Minute[]): Promise<readonly MinuteCounts[]>;
  reported(): Promise<Minute | undefined>;
  /** Never goes back. */
  setReported(minute: Minute): Promise<void>;
}

/** A day, seconds: a function that is down that long has other worries. */
const KEPT_S = 24 * 3600;
/** DynamoDB: an expression has at most 4 KB; a counter takes about 40 bytes of it. */
const COUNTERS_PER_UPDATE = 60;
const REPORTED = 'stats#reported';
const { pk } = TableKeys.limits;

const limitOf = (accountId: AccountId, minute: Minute): string => `stats#${accountId}#${minute}`;

export function makeDeliveryCountRows(options: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly limitsTable: string;
}): DeliveryCountRows {
  const { dynamo, limitsTable: TableName } = options;
  return {
    async add(accountId, minute, counters) {
      const Key = { [pk]: limitOf(accountId, minute) };
      const expiresAt = minuteStartMs(minute) / 1000 + KEPT_S;
      for (const some of chunksOf(counters, COUNTERS_PER_UPDATE)) {
        await dynamo.send(new UpdateCommand({ TableName, Key, ...addition(some, expiresAt) }));
      }
    },
    async read(accountIds, minutes) {
      const wanted = new Map(
        accountIds.flatMap((accountId) =>
          minutes.map((minute) => [limitOf(accountId, minute), { accountId, minute }] as const),
        ),
      );
      const found: MinuteCounts[] = [];
      const keys = [...wanted.keys()].map((limit) => ({ [pk]: limit }));
      for (const item of await readBatch({ dynamo, tableName: TableName, keys, consistent: true })) {
        const whose = wanted.get(String(item[pk]));
        if (whose) found.push({ ...whose, counters: countersOf(item) });
      }
      return found;
    },
    async reported() {
      const { Item } = await dynamo.send(new GetCommand({ TableName, Key: { [pk]: REPORTED }, ConsistentRead: true }));
      return Item && Number(Item['minute']);
    },
    async setReported(minute) {
      await unlessRefused(
        dynamo.send(
          new UpdateCommand({
            TableName,
            Key: { [pk]: REPORTED },
            UpdateExpression: 'SET #minute = :minute, #expiresAt = :expiresAt',
            ConditionExpression: 'attribute_not_exists(#pk) OR #minute < :minute',
            ExpressionAttributeNames: { '#pk': pk, '#minute': 'minute', '#expiresAt': TTL_ATTRIBUTE },
            ExpressionAttributeValues: { ':minute': minute, ':expiresAt': minuteStartMs(minute) / 1000 + KEPT_S },
          }),
        ),
      );
    },
  };
}

/** All counters in one expression. */
function addition(counters: readonly DeliveryCounter[], expiresAt: number) {
  const names: Record<string, string> = { '#expiresAt': TTL_ATTRIBUTE };
  const values: Record<string, unknown> = { ':expiresAt': expiresAt };
  const adds: string[] = [];
  const sets = ['#expiresAt = :expiresAt'];
  for (const [index, counter] of counters.entries()) {
    names[`#c${index}`] = counterKeyOf(counter);
    values[`:c${index}`] = counter.count;
    adds.push(`#c${index} :c${index}`);
    if (!counter.last) continue;
    names[`#t${index}`] = troubleKeyOf(counter);
    values[`:t${index}`] = counter.last;
    sets.push(`#t${index} = :t${index}`);
  }
  return {
    UpdateExpression: `SET ${sets.join(', ')} ADD ${adds.join(', ')}`,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}

function chunksOf<T>(entries: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(entries.length / size) }, (_, index) =>
    entries.slice(index * size, (index + 1) * size),
  );
}
