import * as z from 'zod';

/** A hundred a second for three hours: more than any number, key or deployment can do. */
const MOST_TOKENS = 1_000_000;
/** 30 days. */
const LONGEST_S = 2_592_000;

/** A limit as operators write it: so many in so many seconds, so many at once (left out: `amount`); 0, or an amount of 0: none. */
export const LimitSchema = z.union(
  [
    z.literal(0),
    z.object({
      amount: z.int().min(0).max(MOST_TOKENS),
      perSeconds: z.int().min(1).max(LONGEST_S),
      burst: z.int().min(1).max(MOST_TOKENS).optional(),
    }),
  ],
  { error: 'must be 0, or {"amount", "perSeconds", "burst"} in whole numbers' },
);
export type Limit = z.infer<typeof LimitSchema>;

const limit = LimitSchema.optional();

/** What an owner of a session may set for it, and an operator for an account. */
export const SessionLimitsSchema = z.object({
  /** Messages of the session. */
  session: limit,
  /** Messages of the session to one recipient. */
  pair: limit,
  /** People that the session writes to for the first time. */
  newContacts: limit,
});
export type SessionLimits = z.infer<typeof SessionLimitsSchema>;

/** What an operator may set for an account. */
export const AccountLimitsSchema = SessionLimitsSchema.extend({
  /** Messages of each API key. */
  key: limit,
});
export type AccountLimits = z.infer<typeof AccountLimitsSchema>;

/** What a deployment may set; what is left out is as the release says. */
export const DeploymentLimitsSchema = AccountLimitsSchema.extend({
  /** Messages of all accounts. */
  global: limit,
  /** Wrong API keys from one address. */
  failedLogins: limit,
});
export type DeploymentLimits = z.infer<typeof DeploymentLimitsSchema>;
