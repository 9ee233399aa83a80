import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Clock } from '../../domain/clock.ts';
import { NOTICE_KINDS, type NoticeFamily, type NoticeKind } from '../../domain/notice.ts';
import { addCounted, type CountedNotices } from '../../domain/notice-text.ts';
import { TableKeys, TTL_ATTRIBUTE } from '../../resource-names.ts';
import { unlessRefused } from './unless-refused.ts';

/** Notices of a family above ten in five minutes are one digest (issue). */
export const TOLD_ONE_BY_ONE = 10;
export const STORM_WINDOW_MS = 5 * 60_000;
/** Far longer than anybody needs to tell the end of a storm, seconds. */
const KEPT_S = 30 * 24 * 3600;
/** Lost races for a new window; each means that somebody else has begun it. */
const RACES = 10;

const CountedSchema = z.object({
  sinceMs: z.number(),
  untilMs: z.number(),
  kinds: z.partialRecord(z.enum(NOTICE_KINDS), z.number()),
});
const WindowSchema = z.object({
  startedAtMs: z.number(),
  /** Notices since. */
  count: z.number(),
  kinds: z.partialRecord(z.enum(NOTICE_KINDS), z.number()),
  /** Notices that the first digest named; absent while there was none. */
  digested: z.number().optional(),
  /** Counts of windows before, whose end nobody has told yet. */
  untold: CountedSchema.optional(),
});
export type StormWindow = z.infer<typeof WindowSchema>;

/**
 * How many notices of a family have come lately, for all tasks and functions: one row `notices#<family>` of the limits table.
 * A window begins with a notice and ends by the clock; no timer belongs to it. What was counted in it beyond the first
 * digest goes into `untold` when the next window begins or `close` finds it over, and stays until somebody has told it.
 */
export interface StormWindows {
  /** Counts a notice. @returns the window, the notice included */
  join(family: NoticeFamily, kind: NoticeKind): Promise<StormWindow>;
  /** @returns true for the one caller that is to send the window's first digest */
  claimDigest(family: NoticeFamily, window: StormWindow): Promise<boolean>;
  unclaimDigest(family: NoticeFamily, window: StormWindow): Promise<void>;
  /** Ends the window if it is over. @returns whether there is something untold */
  close(family: NoticeFamily): Promise<boolean>;
  /** @returns what is untold, to one caller, who has to tell it or put it back */
  takeUntold(family: NoticeFamily): Promise<CountedNotices | undefined>;
  putBack(family: NoticeFamily, untold: CountedNotices): Promise<void>;
}

const { pk } = TableKeys.limits;

interface StormWindowOptions {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly clock: Clock;
}

export function makeStormWindows(options: StormWindowOptions): StormWindows {
  const { clock } = options;
  const rows = windowRows(options);
  const isOver = ({ startedAtMs }: StormWindow): boolean => Math.abs(clock.now() - startedAtMs) >= STORM_WINDOW_MS;
  return {
    ...digestClaims(rows),
    async join(family, kind) {
      for (let race = 0; race < RACES; race++) {
        const counted = await rows.update(family, countOne(kind, clock.now()));
        if (counted) return WindowSchema.parse(counted.Attributes);
        const old = await rows.read(family);
        const next = { startedAtMs: clock.now(), count: 1, kinds: { [kind]: 1 }, ...untoldOf(old) };
        if ((!old || isOver(old)) && (await rows.replace(family, old, next))) return next;
      }
      throw new Error(`no notice window for ${family} after ${RACES} tries`);
    },
    async close(family) {
      const window = await rows.read(family);
      if (!window) return false;
      if (!isOver(window) || !isStormUntold(window)) return window.untold !== undefined;
      const ended = { startedAtMs: window.startedAtMs, count: 0, kinds: {}, ...untoldOf(window) };
      return await rows.replace(family, window, ended);
    },
    async takeUntold(family) {
      const taken = await rows.update(family, {
        UpdateExpression: 'REMOVE untold',
        ConditionExpression: 'attribute_exists(untold)',
        ReturnValues: 'UPDATED_OLD',
      });
      return taken && CountedSchema.parse(taken.Attributes?.['untold']);
    },
    async putBack(family, untold) {
      for (let race = 0; race < RACES; race++) {
        const old = await rows.read(family);
        const back = await rows.update(family, {
          UpdateExpression: 'SET untold = :untold',
          ConditionExpression: old?.untold ? 'untold.sinceMs = :since' : 'attribute_not_exists(untold)',
          ExpressionAttributeValues: {
            ':untold': addCounted(old?.untold, untold),
            ...(old?.untold && { ':since': old.untold.sinceMs }),
          },
        });
        if (back) return;
      }
      throw new Error(`the end of a storm of ${family} notices could not be kept`);
    },
  };
}

function digestClaims({ update }: WindowRows): Pick<StormWindows, 'claimDigest' | 'unclaimDigest'> {
  return {
    async claimDigest(family, { startedAtMs, count: digested }) {
      const claimed = await update(family, {
        UpdateExpression: 'SET digested = :digested',
        ConditionExpression: 'startedAtMs = :started AND attribute_not_exists(digested)',
        ExpressionAttributeValues: { ':started': startedAtMs, ':digested': digested },
      });
      return claimed !== undefined;
    },
    async unclaimDigest(family, { startedAtMs, count: digested }) {
      await update(family, {
        UpdateExpression: 'REMOVE digested',
        ConditionExpression: 'startedAtMs = :started AND digested = :digested',
        ExpressionAttributeValues: { ':started': startedAtMs, ':digested': digested },
      });
    },
  };
}

type WindowRows = ReturnType<typeof windowRows>;

/** The rows themselves: read, changed under a condition, replaced. */
function windowRows({ dynamo, tableName: TableName, clock }: StormWindowOptions) {
  const at = (family: NoticeFamily) => ({ TableName, Key: { [pk]: `notices#${family}` } });
  return {
    async read(family: NoticeFamily): Promise<StormWindow | undefined> {
      const { Item } = await dynamo.send(new GetCommand({ ...at(family), ConsistentRead: true }));
      return Item && WindowSchema.parse(Item);
    },
    /** @returns undefined where the condition did not hold */
    update: (family: NoticeFamily, change: Omit<Update, 'TableName' | 'Key'>) =>
      unlessRefused(dynamo.send(new UpdateCommand({ ...at(family), ReturnValues: 'ALL_NEW', ...change }))),
    /** Puts `next` in the place of `old`, unless somebody has changed that meanwhile. */
    async replace(family: NoticeFamily, old: StormWindow | undefined, next: StormWindow): Promise<boolean> {
      const Item = { ...at(family).Key, ...next, [TTL_ATTRIBUTE]: Math.ceil(clock.now() / 1000) + KEPT_S };
      const put = new PutCommand({ TableName, Item, ...(old ? unchanged(old) : absent) });
      return (await unlessRefused(dynamo.send(put))) !== undefined;
    },
  };
}

const unchanged = ({ startedAtMs, count }: StormWindow) => ({
  ConditionExpression: 'startedAtMs = :started AND #count = :count',
  ExpressionAttributeNames: { '#count': 'count' },
  ExpressionAttributeValues: { ':started': startedAtMs, ':count': count },
});
const absent = { ConditionExpression: 'attribute_not_exists(#pk)', ExpressionAttributeNames: { '#pk': pk } };

/** One more notice in a window that is not over. */
const countOne = (kind: NoticeKind, nowMs: number) => ({
  UpdateExpression: 'SET #count = #count + :one, kinds.#kind = if_not_exists(kinds.#kind, :none) + :one',
  ConditionExpression: 'startedAtMs BETWEEN :past AND :future',
  ExpressionAttributeNames: { '#count': 'count', '#kind': kind },
  ExpressionAttributeValues: {
    ':one': 1,
    ':none': 0,
    ':past': nowMs - STORM_WINDOW_MS + 1,
    ':future': nowMs + STORM_WINDOW_MS - 1,
  },
});

type Update = ConstructorParameters<typeof UpdateCommand>[0];

/** A window whose notices were not all told, one by one or by its first digest. */
const isStormUntold = ({ count, digested }: StormWindow): boolean => count > Math.max(TOLD_ONE_BY_ONE, digested ?? 0);

/** What is untold once this window is over. */
function untoldOf(window: StormWindow | undefined): Pick<StormWindow, 'untold'> {
  if (!window) return {};
  if (!isStormUntold(window)) return window.untold ? { untold: window.untold } : {};
  const { startedAtMs, kinds } = window;
  const counted = { sinceMs: startedAtMs, untilMs: startedAtMs + STORM_WINDOW_MS, kinds };
  return { untold: addCounted(window.untold, counted) };
}
