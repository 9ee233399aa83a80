import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { PairRow } from '../../contracts/rows/pair-row.ts';
import type { Clock } from '../../domain/clock.ts';
import { type Rate, takeOf, untilMs } from '../../domain/limits/gcra.ts';
import { MARKED_EVERY_MS, type Pair, pairKeyOf } from '../../domain/limits/pair.ts';
import { RecentMap } from '../../domain/recent-map.ts';
import { TableKeys } from '../../resource-names.ts';
import { makePairWrite, type PairStep, pairRowOf, restorePair, withdrawPair } from './pair-rows.ts';

/** What the row says of the recipient: written to or heard from, never yet, or written to a moment ago by a request that may still be refused. */
export type Contact = 'known' | 'new' | 'being_decided';

export type PairTaken =
  | {
      readonly admitted: true;
      readonly contact: Contact;
      /** Until a contact that is being decided is known, milliseconds. */
      readonly decidedInMs: number;
      /** As it was before; undefined: no row. What giving back needs. */
      readonly before: PairRow | undefined;
      readonly tat: number;
      /** When it was taken, milliseconds since the epoch. */
      readonly atMs: number;
    }
  | { readonly admitted: false; readonly retryAfterMs: number };

export type PairAdmitted = Extract<PairTaken, { readonly admitted: true }>;

/**
 * A session and one recipient: their token bucket, and the memory that they know each other, in one row (issue: limits).
 * The row is kept as long as the memory reaches.
 */
export interface PairTable {
  /** One write as a rule. @param rate undefined: every message is admitted, and the memory is kept */
  take(pair: Pair, rate: Rate | undefined): Promise<PairTaken>;
  /** Undoes a take whose message is not sent: one write, two if others came meanwhile. */
  giveBack(pair: Pair, rate: Rate | undefined, taken: PairAdmitted): Promise<void>;
  /** The message of a take that made somebody new goes out, so this process need not doubt the row. */
  settle(pair: Pair, bornMs: number): void;
  /** Milliseconds until a token is there, as far as this process knows; 0: it would have to ask. */
  knownWaitMs(pair: Pair, rate: Rate): number;
  /** How the row is, in one strongly consistent read. */
  look(pair: Pair): Promise<{ readonly tat: number | undefined; readonly contact: Contact }>;
}

/** A request that finds somebody new is settled within this time; until then nobody relies on its row. Milliseconds. */
const DECIDED_AFTER_MS = 5000;
/** Pairs whose time this process remembers. */
const MOST_KNOWN = 10_000;
const DAY_MS = 24 * 60 * 60_000;

const { pk } = TableKeys.limits;

export function makePairTable(options: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly clock: Clock;
  /** How long two know each other after their last message, days. */
  readonly rememberedDays: number;
}): PairTable {
  const { dynamo, tableName: TableName, clock, rememberedDays } = options;
  const rememberedMs = rememberedDays * DAY_MS;
  const known = new RecentMap<string, number>(MOST_KNOWN);
  const settled = new RecentMap<string, number>(MOST_KNOWN);
  const nowMs = (): number => Math.floor(clock.now());
  const admit = (
    key: string,
    before: PairRow | undefined,
    { tat, atMs }: { tat: number; atMs: number },
  ): PairAdmitted => {
    const contact = contactOf(before, { nowMs: atMs, rememberedMs });
    const isSettled = contact === 'being_decided' && settled.get(key) === before?.bornMs;
    const decidedInMs = decidedAtOf(before) - atMs;
    return { admitted: true, contact: isSettled ? 'known' : contact, decidedInMs, before, tat, atMs };
  };
  const write = makePairWrite({ dynamo, TableName, rememberedDays });

  return {
    async take(pair, rate) {
      const key = pairKeyOf(pair);
      const atMs = nowMs();
      const wanted = rate && takeOf(rate, 1, atMs);
      let seen = known.get(key);
      // As in token-bucket.ts: three rounds settle it, one more heals.
      for (let round = 0; round < 5 && !wanted?.isRefused(seen); round++) {
        const step = wanted?.step(seen) ?? unlimitedStep(atMs);
        const { ok, before } = await write(key, atMs, step);
        seen = ok ? tatAfter(step, before) : before?.tat;
        if (seen !== undefined) known.set(key, seen);
        if (ok) return admit(key, before, { tat: seen ?? atMs, atMs });
      }
      const retryAfterMs = rate ? untilMs(rate, seen ?? atMs, { tokens: 1, nowMs: atMs }) : 1;
      return { admitted: false, retryAfterMs };
    },
    async giveBack(pair, rate, taken) {
      const key = pairKeyOf(pair);
      known.delete(key);
      if (await restorePair({ dynamo, TableName, key }, taken)) return;
      if (rate && nowMs() < taken.tat) await withdrawPair({ dynamo, TableName, key }, rate);
    },
    settle: (pair, bornMs) => settled.set(pairKeyOf(pair), bornMs),
    knownWaitMs(pair, rate) {
      const atMs = nowMs();
      const seen = known.get(pairKeyOf(pair));
      if (seen === undefined || !takeOf(rate, 1, atMs).isRefused(seen)) return 0;
      return untilMs(rate, seen, { tokens: 1, nowMs: atMs });
    },
    async look(pair) {
      const { Item } = await dynamo.send(
        new GetCommand({ TableName, Key: { [pk]: pairKeyOf(pair) }, ConsistentRead: true }),
      );
      const before = pairRowOf(Item);
      return { tat: before?.tat, contact: contactOf(before, { nowMs: nowMs(), rememberedMs }) };
    },
  };
}

/** No limit: the row remembers when, and that is all. */
const unlimitedStep = (atMs: number): PairStep => ({ set: '#tat = :then', values: { ':then': atMs } });

/** The time that a step has put there. */
const tatAfter = ({ values }: PairStep, before: PairRow | undefined): number | undefined =>
  values[':then'] ?? (before?.tat ?? 0) + (values[':more'] ?? 0);

const decidedAtOf = (before: PairRow | undefined): number => (before?.bornMs ?? 0) + DECIDED_AFTER_MS;

function contactOf(
  before: PairRow | undefined,
  { nowMs, rememberedMs }: { readonly nowMs: number; readonly rememberedMs: number },
): Contact {
  const { tat = 0, wroteMs = 0 } = before ?? {};
  if (Math.max(tat, wroteMs && wroteMs + MARKED_EVERY_MS) + rememberedMs <= nowMs) return 'new';
  return wroteMs === 0 && decidedAtOf(before) > nowMs ? 'being_decided' : 'known';
}
