import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand, type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Clock } from '../../domain/clock.ts';
import { levelOf, type Rate, type Step, takeOf, untilMs } from '../../domain/limits/gcra.ts';
import { RecentMap } from '../../domain/recent-map.ts';
import { TableKeys, TTL_ATTRIBUTE } from '../../resource-names.ts';

/** A limit: so many tokens a second, so many at once. */
export interface Bucket extends Rate {
  /** Names the row in the limits table, such as `endpoint#wh_…`. */
  readonly key: string;
  /** Attribute of the row, where it holds several buckets. @default tat */
  readonly attribute?: string;
  /** How long the row is kept after this bucket is full, seconds; longer where another one shares it. @default 3600 */
  readonly keptS?: number;
}

export type Taken =
  | {
      readonly admitted: true;
      /** Tokens that are left now. */
      readonly remaining: number;
      /** When the bucket would be full again, milliseconds since the epoch: what giving back has to say. */
      readonly tat: number;
    }
  | {
      readonly admitted: false;
      /** After this many milliseconds the same take would be admitted, if nobody else comes. */
      readonly retryAfterMs: number;
      /** Tokens that could be taken now. */
      readonly available: number;
    };

/** Token buckets that all functions and tasks share (D4). */
export interface TokenBuckets {
  /**
   * Takes that many tokens or none: one write as a rule, three at most, one more to heal (webhooks.md 4.1).
   * @param tokens 1 to the burst
   */
  take(bucket: Bucket, tokens?: number): Promise<Taken>;
  /** Takes as many as there are, up to `tokens`. @returns how many, and until when there is one if there is none */
  takeUpTo(bucket: Bucket, tokens: number): Promise<{ readonly tokens: number; readonly retryAfterMs: number }>;
  /** Gives a token back that a take has just got and nobody has spent: one write. @param tat as the take said it */
  giveBack(bucket: Bucket, tat: number): Promise<void>;
  /** Milliseconds until a token is there, as far as this process knows; 0: it would have to ask. */
  knownWaitMs(bucket: Bucket): number;
  /** The time of each bucket, in one strongly consistent read. @returns undefined for one without a row */
  times(buckets: readonly Bucket[]): Promise<readonly (number | undefined)[]>;
}

/** TTL may be days late and decides nothing. */
export const KEPT_S = 3600;
/** Buckets whose time this process remembers. */
const MOST_KNOWN = 10_000;

const { pk } = TableKeys.limits;
const TAT = 'tat';
const attributeOf = ({ attribute = TAT }: Bucket): string => attribute;
const nameOf = (bucket: Bucket): string => `${bucket.key} ${attributeOf(bucket)}`;
/** In an error the document client leaves attributes as they came over the wire. */
const TimeSchema = z.union([z.number(), z.object({ N: z.coerce.number() }).transform(({ N }) => N)]);
const timeIn = (item: Readonly<Record<string, unknown>> | undefined, bucket: Bucket): number | undefined =>
  TimeSchema.safeParse(item?.[attributeOf(bucket)]).data;

/**
 * Buckets in the limits table. A bucket's time never goes back but by what is given back, so what this process saw last is a
 * lower bound: a take that can't succeed by it is refused without a write.
 */
export function makeTokenBuckets(options: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly clock: Clock;
}): TokenBuckets {
  const { dynamo, tableName: TableName, clock } = options;
  const known = new RecentMap<string, number>(MOST_KNOWN);
  const write = makeWrite(dynamo, TableName);

  const take = async (bucket: Bucket, tokens = 1): Promise<Taken> => {
    const name = nameOf(bucket);
    const nowMs = Math.floor(clock.now());
    const wanted = takeOf(bucket, tokens, nowMs);
    let seen = known.get(name);
    let healed = false;
    // A write each, and `seen` only grows, so three rounds settle it; the healing comes on top.
    for (let round = 0; round < 5; round++) {
      if (wanted.isPoisoned(seen)) {
        if (healed) break;
        healed = true;
      } else if (wanted.isRefused(seen)) break;
      const written = await write(bucket, wanted.tokensMs, wanted.step(seen));
      if (written.ok) {
        known.set(name, written.tat);
        return { admitted: true, remaining: levelOf(bucket, written.tat, nowMs).left, tat: written.tat };
      }
      seen = written.tat;
      if (seen !== undefined) known.set(name, seen);
    }
    const tat = seen ?? nowMs;
    return {
      admitted: false,
      retryAfterMs: untilMs(bucket, tat, { tokens, nowMs }),
      available: levelOf(bucket, tat, nowMs).left,
    };
  };

  return {
    take,
    takeUpTo: (bucket, tokens) => takeUpTo(take, bucket, tokens),
    async giveBack(bucket, tat) {
      // A bucket that has filled up meanwhile would give this token twice.
      if (clock.now() >= tat) return;
      const left = await withdraw({ dynamo, TableName, bucket });
      if (left !== undefined) known.set(nameOf(bucket), left);
    },
    knownWaitMs(bucket) {
      const nowMs = Math.floor(clock.now());
      const seen = known.get(nameOf(bucket));
      const wanted = takeOf(bucket, 1, nowMs);
      return seen !== undefined && wanted.isRefused(seen) ? untilMs(bucket, seen, { tokens: 1, nowMs }) : 0;
    },
    times: (buckets) => readTimes(dynamo, TableName, buckets),
  };
}

async function takeUpTo(
  take: TokenBuckets['take'],
  bucket: Bucket,
  tokens: number,
): Promise<{ tokens: number; retryAfterMs: number }> {
  let wanted = Math.min(tokens, bucket.burst);
  for (;;) {
    const taken = await take(bucket, wanted);
    if (taken.admitted) return { tokens: wanted, retryAfterMs: 0 };
    // Others may be faster, each time with fewer left; the wait for one token is the shortest.
    if (taken.available < 1 && wanted === 1) return { tokens: 0, retryAfterMs: taken.retryAfterMs };
    wanted = Math.max(1, Math.min(taken.available, wanted - 1));
  }
}

/** @returns the new time, or the old one that was in the way; undefined for no row */
const makeWrite =
  (dynamo: DynamoDBDocumentClient, TableName: string) =>
  async (bucket: Bucket, tokensMs: number, step: Step): Promise<Written> => {
    try {
      const { Attributes } = await dynamo.send(
        new UpdateCommand({
          TableName,
          Key: { [pk]: bucket.key },
          UpdateExpression: `SET ${step.set}, #ttl = :ttl`,
          ConditionExpression: step.condition,
          ExpressionAttributeNames: { '#ttl': TTL_ATTRIBUTE, '#tat': attributeOf(bucket) },
          ExpressionAttributeValues: {
            ...step.values,
            ':ttl': Math.ceil((step.fromMs + tokensMs) / 1000) + (bucket.keptS ?? KEPT_S),
          },
          ReturnValues: 'ALL_NEW',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return { ok: true, tat: timeIn(Attributes, bucket) ?? step.fromMs + tokensMs };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { ok: false, tat: timeIn(error.Item, bucket) };
    }
  };

type Written = { readonly ok: true; readonly tat: number } | { readonly ok: false; readonly tat: number | undefined };

/** Takes one token's time off a bucket. @returns its new time, undefined without a row */
async function withdraw(to: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly TableName: string;
  readonly bucket: Bucket;
}): Promise<number | undefined> {
  const { dynamo, TableName, bucket } = to;
  try {
    const { Attributes } = await dynamo.send(
      new UpdateCommand({
        TableName,
        Key: { [pk]: bucket.key },
        UpdateExpression: 'SET #tat = #tat - :one',
        ConditionExpression: 'attribute_exists(#tat)',
        ExpressionAttributeNames: { '#tat': attributeOf(bucket) },
        ExpressionAttributeValues: { ':one': 1000 / bucket.perSecond },
        ReturnValues: 'ALL_NEW',
      }),
    );
    return timeIn(Attributes, bucket);
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}

async function readTimes(dynamo: DynamoDBDocumentClient, TableName: string, buckets: readonly Bucket[]) {
  const keys = [...new Set(buckets.map(({ key }) => key))];
  if (keys.length === 0) return [];
  const { Responses } = await dynamo.send(
    new BatchGetCommand({
      RequestItems: { [TableName]: { Keys: keys.map((key) => ({ [pk]: key })), ConsistentRead: true } },
    }),
  );
  const rows = new Map((Responses?.[TableName] ?? []).map((row) => [String(row[pk]), row]));
  return buckets.map((bucket) => timeIn(rows.get(bucket.key), bucket));
}
