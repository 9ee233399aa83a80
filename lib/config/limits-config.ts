import * as z from 'zod';

/** More than any number, key or deployment can do. */
const MOST_TOKENS = 1_000_000;
/** 30 days. */
const LONGEST_S = 2_592_000;

/** So many in so many seconds, so many at once (left out: `amount`); 0: no limit. */
const LimitSchema = z.union(
  [
    z.literal(0),
    z.strictObject({
      amount: z.int().min(0).max(MOST_TOKENS),
      perSeconds: z.int().min(1).max(LONGEST_S),
      burst: z.int().min(1).max(MOST_TOKENS).optional(),
    }),
  ],
  { error: 'must be 0, or {"amount", "perSeconds", "burst"} in whole numbers' },
);

/** What a deployment sets of the limits; docs/limits.md has what holds without. */
export const LimitsSchema = z.strictObject({
  /** Messages of all accounts. */
  global: LimitSchema.optional(),
  /** Messages of each API key. */
  key: LimitSchema.optional(),
  /** Messages of each session. */
  session: LimitSchema.optional(),
  /** Messages of a session to one recipient. */
  pair: LimitSchema.optional(),
  /** People that a session writes to for the first time. */
  newContacts: LimitSchema.optional(),
  /** Wrong API keys from one address. */
  failedLogins: LimitSchema.optional(),
});
