import type { Clock } from '#core/domain/clock.ts';
import { AwsError } from '../aws/json-protocol.ts';
import type { Activity } from '../clock/activity.ts';
import { ttlAttributeOf } from './create-tables.ts';
import type { DynamoCall } from './dynamo-call.ts';
import { readDescription } from './table-schema.ts';

const SWEEP_EVERY_MS = 60_000;
/** DynamoDB leaves items alone that expired longer ago: they are taken for a mistake in the unit. */
const TOO_OLD_S = 5 * 365 * 24 * 3600;
/** Deletions under way at once. */
const DELETIONS_AT_ONCE = 8;

type Item = Readonly<Record<string, unknown>>;

export interface TtlSweeperOptions {
  readonly clock: Clock;
  /** The backend; deletions by time to live pass no authorisation in AWS either. */
  readonly call: DynamoCall;
  /** Counts sweeps under way, so that a virtual clock waits for them. */
  readonly activity?: Activity | undefined;
  /** Each sweep reads all tables, which takes long where they are large. @default a minute */
  readonly everyMs?: number | undefined;
  /** Hears of a sweep that failed; the next one comes all the same. */
  readonly onError: (error: unknown) => void;
}

/**
 * Deletes expired items of all tables with a time to live, a minute of the clock after the last sweep
 * ended. (AWS promises no more than "within a few days": readers must not rely on it.)
 */
export class TtlSweeper {
  readonly #options: TtlSweeperOptions;
  #cancel: (() => void) | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(options: TtlSweeperOptions) {
    this.#options = options;
    this.#arm();
  }

  /** Sweeps now, after a sweep that is under way. Resolves with the number of items deleted. */
  sweepNow(): Promise<number> {
    const sweep = this.#running.then(() => this.#sweep());
    this.#running = sweep.catch(() => undefined);
    return sweep;
  }

  /** Stops the timer and waits for a sweep under way. */
  async close(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    await this.#running;
  }

  #arm(): void {
    if (this.#stopped) return;
    this.#cancel = this.#options.clock.after(this.#options.everyMs ?? SWEEP_EVERY_MS, () => {
      const sweep = this.sweepNow()
        .catch((error: unknown) => this.#options.onError(error))
        .finally(() => this.#arm());
      void this.#options.activity?.during(sweep);
    });
  }

  async #sweep(): Promise<number> {
    let deleted = 0;
    let from: string | undefined;
    do {
      const page: { TableNames: string[]; LastEvaluatedTableName?: string } = await this.#options.call('ListTables', {
        ExclusiveStartTableName: from,
      });
      const swept = await Promise.all(page.TableNames.map((table) => this.#sweepTable(table)));
      deleted += swept.reduce((sum, count) => sum + count, 0);
      from = page.LastEvaluatedTableName;
    } while (from !== undefined && !this.#stopped);
    return deleted;
  }

  async #sweepTable(table: string): Promise<number> {
    const { call } = this.#options;
    const attribute = await ttlAttributeOf(call, table);
    if (attribute === undefined) return 0;
    const description = await call<{ Table: unknown }>('DescribeTable', { TableName: table });
    const expired = expiredSince(attribute, this.#options.clock.now());
    const scan = scanOf(
      table,
      readDescription(description.Table).KeySchema.map((key) => key.AttributeName),
      expired,
    );
    let deleted = 0;
    let from: Item | undefined;
    do {
      const page: { Items: Item[]; LastEvaluatedKey?: Item } = await call('Scan', { ...scan, ExclusiveStartKey: from });
      deleted += await this.#delete(table, page.Items, expired);
      from = page.LastEvaluatedKey;
    } while (from !== undefined && !this.#stopped);
    return deleted;
  }

  /** Deletes each item unless it was written anew since the scan. */
  async #delete(table: string, keys: Item[], expired: Expired): Promise<number> {
    let deleted = 0;
    const left = keys.values();
    const worker = async (): Promise<void> => {
      for (const Key of left) {
        if (await this.#deleteOne({ TableName: table, Key, ...conditionOf(expired) })) deleted++;
      }
    };
    await Promise.all(Array.from({ length: DELETIONS_AT_ONCE }, worker));
    return deleted;
  }

  async #deleteOne(request: object): Promise<boolean> {
    try {
      await this.#options.call('DeleteItem', request);
      return true;
    } catch (error) {
      if (error instanceof AwsError && error.code === 'ConditionalCheckFailedException') return false;
      throw error;
    }
  }
}

interface Expired {
  readonly expression: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, { readonly N: string }>>;
}

/** True for items whose attribute is a number of seconds before now; other types never expire. */
function expiredSince(attribute: string, nowMs: number): Expired {
  const now = Math.floor(nowMs / 1000);
  return {
    expression: '#ttl BETWEEN :oldest AND :now',
    names: { '#ttl': attribute },
    values: { ':oldest': { N: String(now - TOO_OLD_S) }, ':now': { N: String(now) } },
  };
}

function conditionOf({ expression, names, values }: Expired): object {
  return { ConditionExpression: expression, ExpressionAttributeNames: names, ExpressionAttributeValues: values };
}

function scanOf(table: string, keys: readonly string[], { expression, names, values }: Expired): object {
  const keyNames = Object.fromEntries(keys.map((key, position) => [`#key${position}`, key]));
  return {
    TableName: table,
    FilterExpression: expression,
    ProjectionExpression: Object.keys(keyNames).join(', '),
    ExpressionAttributeNames: { ...names, ...keyNames },
    ExpressionAttributeValues: values,
  };
}
