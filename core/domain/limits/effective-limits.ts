import type { AccountLimits, DeploymentLimits, Limit, SessionLimits } from '../../contracts/limits.ts';
import type { Rate } from './gcra.ts';

/** A limit that holds. */
export interface EffectiveLimit extends Rate {
  readonly amount: number;
  readonly perSeconds: number;
}

export type LimitName = keyof DeploymentLimits;

/** What holds for a request; undefined: no limit. */
export type EffectiveLimits = { readonly [N in LimitName]: EffectiveLimit | undefined };

/**
 * What a release limits by itself. `pair` and `global` are those of Meta and of the owner of this project (cloud-api.md 3.7);
 * an unofficial client does not live long at Meta's 80 messages a second, so `session` is about a person's hurry for minutes.
 */
const DEFAULT_LIMITS = {
  global: { amount: 500, perSeconds: 60, burst: 500 },
  key: { amount: 1000, perSeconds: 3600, burst: 1000 },
  session: { amount: 100, perSeconds: 60, burst: 200 },
  pair: { amount: 1, perSeconds: 6, burst: 45 },
  newContacts: { amount: 50, perSeconds: 86_400, burst: 50 },
  failedLogins: { amount: 100, perSeconds: 900, burst: 100 },
} as const satisfies { readonly [N in LimitName]: Limit };

function effective(limit: Limit): EffectiveLimit | undefined {
  if (limit === 0 || limit.amount === 0) return undefined;
  const { amount, perSeconds, burst = amount } = limit;
  return { amount, perSeconds, burst, perSecond: amount / perSeconds };
}

/** The session's word counts before the account's, that before the deployment's, that before the release's. */
export function limitsOf(
  deployment: DeploymentLimits,
  account: AccountLimits = {},
  session: SessionLimits = {},
): EffectiveLimits {
  const settled = { ...DEFAULT_LIMITS, ...said(deployment), ...said(account), ...said(session) };
  return {
    global: effective(settled.global),
    key: effective(settled.key),
    session: effective(settled.session),
    pair: effective(settled.pair),
    newContacts: effective(settled.newContacts),
    failedLogins: effective(settled.failedLogins),
  };
}

/** Without what is undefined. */
const said = (limits: DeploymentLimits): { readonly [N in LimitName]?: Limit } =>
  Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined));
