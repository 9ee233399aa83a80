import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { type ReplayJobRow, ReplayJobRowSchema } from '../../contracts/rows/replay-job-row.ts';
import type { Clock } from '../../domain/clock.ts';
import type { AccountId, JobId } from '../../domain/ids.ts';
import { TableKeys } from '../../resource-names.ts';
import { unlessRefused } from './unless-refused.ts';

export type JobKey = Pick<ReplayJobRow, 'accountId' | 'jobId'>;
/** How far a job came beyond what it had. */
export type Progress = Required<Pick<ReplayJobRow, 'cursor' | 'looked' | 'queued' | 'skipped'>>;

/** Replays and how far they are. */
export interface ReplayJobRepository {
  /** @returns false if there is a job of that id */
  create(row: ReplayJobRow): Promise<boolean>;
  /** Strongly consistent. */
  get(key: JobKey): Promise<ReplayJobRow | undefined>;
  /** Newest first, ids being in order of time. @param after id of the last one of the page before */
  list(accountId: AccountId, limit: number, after?: JobId): Promise<readonly ReplayJobRow[]>;
  /**
   * Writes the cursor together with the counts of what lies before it.
   * @param progress added to the counts of `seen`
   * @returns the row as it is now, whose status says whether to go on: what was queued while it was cancelled counts too; undefined if
   * another is ahead
   */
  advance(seen: ReplayJobRow, progress: Progress): Promise<ReplayJobRow | undefined>;
  /** @returns false if it does not run any more */
  finish(key: JobKey, status: Exclude<ReplayJobRow['status'], 'running'>, error?: string): Promise<boolean>;
}

const { pk, sk } = TableKeys.jobs;

export function makeReplayJobRepository(options: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly clock: Clock;
}): ReplayJobRepository {
  const { dynamo, tableName: TableName, clock } = options;
  const keyOf = ({ accountId, jobId }: JobKey) => ({ TableName, Key: { [pk]: accountId, [sk]: jobId } });
  const isNew = { ConditionExpression: 'attribute_not_exists(#pk)', ExpressionAttributeNames: { '#pk': pk } };
  return {
    create: async (row) =>
      (await unlessRefused(dynamo.send(new PutCommand({ TableName, Item: row, ...isNew })))) !== undefined,
    async get(key) {
      const { Item } = await dynamo.send(new GetCommand({ ...keyOf(key), ConsistentRead: true }));
      return ReplayJobRowSchema.optional().parse(Item);
    },
    async list(accountId, limit, after) {
      const { Items = [] } = await dynamo.send(
        new QueryCommand({
          TableName,
          ConsistentRead: true,
          KeyConditionExpression: `#pk = :pk${after === undefined ? '' : ' AND #sk < :after'}`,
          ExpressionAttributeNames: { '#pk': pk, ...(after === undefined ? {} : { '#sk': sk }) },
          ExpressionAttributeValues: { ':pk': accountId, ...(after === undefined ? {} : { ':after': after }) },
          ScanIndexForward: false,
          Limit: limit,
        }),
      );
      return Items.map((item) => ReplayJobRowSchema.parse(item));
    },
    async advance(seen, progress) {
      const updated = await unlessRefused(
        dynamo.send(
          new UpdateCommand({
            ...keyOf(seen),
            UpdateExpression:
              'SET #cursor = :cursor, looked = :looked, queued = :queued, skipped = :skipped, step = :next, updatedAtMs = :now',
            ConditionExpression: 'attribute_exists(#pk) AND (attribute_not_exists(step) OR step = :step)',
            ExpressionAttributeNames: { '#cursor': 'cursor', '#pk': pk },
            ExpressionAttributeValues: { ...sumOf(seen, progress), ':now': clock.now() },
            ReturnValues: 'ALL_NEW',
          }),
        ),
      );
      return updated && ReplayJobRowSchema.parse(updated.Attributes);
    },
    async finish(key, status, error) {
      const update = new UpdateCommand({ ...keyOf(key), ...endOf({ status, error, nowMs: clock.now() }) });
      return (await unlessRefused(dynamo.send(update))) !== undefined;
    },
  };
}

const endOf = ({ status, error, nowMs }: Pick<ReplayJobRow, 'status' | 'error'> & { readonly nowMs: number }) => ({
  UpdateExpression: `SET #status = :status, updatedAtMs = :now${error === undefined ? '' : ', #error = :error'}`,
  ConditionExpression: '#status = :running',
  ExpressionAttributeNames: { '#status': 'status', ...(error === undefined ? {} : { '#error': 'error' }) },
  ExpressionAttributeValues: {
    ':status': status,
    ':now': nowMs,
    ':running': 'running',
    ...(error === undefined ? {} : { ':error': error }),
  },
});

const sumOf = (seen: ReplayJobRow, { cursor, looked, queued, skipped }: Progress) => ({
  ':cursor': cursor,
  ':looked': seen.looked + looked,
  ':queued': seen.queued + queued,
  ':skipped': seen.skipped + skipped,
  ':step': seen.step ?? 0,
  ':next': (seen.step ?? 0) + 1,
});
