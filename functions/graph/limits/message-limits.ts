import type { PairAdmitted, PairTable } from '#core/adapters/dynamodb/pair-table.ts';
import { type Bucket, KEPT_S, type TokenBuckets } from '#core/adapters/dynamodb/token-bucket.ts';
import type { DeploymentLimits } from '#core/contracts/limits.ts';
import { type Address, addressIdOf } from '#core/contracts/outbound-command.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import { type EffectiveLimit, type EffectiveLimits, limitsOf } from '#core/domain/limits/effective-limits.ts';
import { levelOf } from '#core/domain/limits/gcra.ts';
import type { Pair } from '#core/domain/limits/pair.ts';
import { LIMIT_KEYS } from '#core/resource-names.ts';
import type { Caller } from '../../shared/api-request.ts';
import { limitRefusal } from './limit-refusal.ts';
import type { Reservations, Source } from './reservations.ts';

export interface Ask {
  readonly caller: Pick<Caller, 'apiKeyId' | 'limits'>;
  readonly session: Pick<SessionRow, 'sessionUid' | 'limits'>;
  readonly to: Address;
}

/** What a message has taken. */
export interface Admission {
  /** When nothing is sent after all. */
  giveBack(): Promise<void>;
}

/** Names of the limits whose tokens are reserved ahead, in the order in which they are asked. */
const RESERVED = ['session', 'key', 'global'] as const;
/** The first take of a process: ten messages share a write from the start. */
const FIRST = 10;

export const pairOf = ({ session, to }: Pick<Ask, 'session' | 'to'>): Pair => ({
  sessionUid: session.sessionUid,
  recipient: addressIdOf(to),
});

/** The reserved buckets that hold for a message, and the one of new contacts; those that are off are left out. */
export function sourcesOf({ caller, session }: Pick<Ask, 'caller' | 'session'>, limits: EffectiveLimits) {
  const key = `${LIMIT_KEYS.session}${session.sessionUid}`;
  // Both are in one row, so it is kept as long as the slower one needs.
  const keptS = KEPT_S + Math.max(fullAfterS(limits.session), fullAfterS(limits.newContacts));
  const source = (limit: EffectiveLimit | undefined, bucket: Omit<Bucket, 'perSecond' | 'burst'>): Source | undefined =>
    limit && { bucket: { ...limit, ...bucket }, first: FIRST };
  return {
    session: source(limits.session, { key, keptS }),
    key: source(limits.key, { key: `${LIMIT_KEYS.apiKey}${caller.apiKeyId}` }),
    global: source(limits.global, { key: LIMIT_KEYS.global }),
    // So few that none is taken on suspicion.
    newContacts: limits.newContacts && {
      bucket: { ...limits.newContacts, key, keptS, attribute: 'contacts' },
      first: 1,
    },
  } as const;
}

const fullAfterS = (limit: EffectiveLimit | undefined): number =>
  limit === undefined ? 0 : Math.ceil(limit.burst / limit.perSecond);

export interface MessageLimitsOptions {
  readonly pairs: PairTable;
  readonly buckets: Pick<TokenBuckets, 'times'>;
  readonly reservations: Reservations;
  readonly deployment: DeploymentLimits;
  readonly clock: Clock;
}

type Name = keyof ReturnType<typeof sourcesOf>;

/** What a message has to pass. */
interface Plan {
  readonly pair: Pair;
  readonly limits: EffectiveLimits;
  /** Those whose tokens are reserved ahead. */
  readonly reserved: readonly { readonly name: Name; readonly source: Source }[];
  /** Undefined: whoever it is may be written to. */
  readonly newContacts: Source | undefined;
}

function planOf(ask: Ask, deployment: DeploymentLimits): Plan {
  const limits = limitsOf(deployment, ask.caller.limits, ask.session.limits);
  const sources = sourcesOf(ask, limits);
  return {
    pair: pairOf(ask),
    limits,
    reserved: RESERVED.flatMap((name) => (sources[name] ? [{ name, source: sources[name] }] : [])),
    newContacts: ask.to.type === 'individual' ? sources.newContacts : undefined,
  };
}

/**
 * The limits of a message (D4). The pair decides first; meanwhile tokens of the others are reserved where none is at hand, which
 * costs no time of its own. Then session, key and global are spent. What a refused message has taken is given back.
 */
export class MessageLimits {
  readonly #options: MessageLimitsOptions;

  constructor(options: MessageLimitsOptions) {
    this.#options = options;
  }

  /** @throws GraphError 131056, 131048, 130429 or 4 with status 429 */
  async admit(ask: Ask): Promise<Admission> {
    const plan = planOf(ask, this.#options.deployment);
    const taken = await this.#takePair(plan);
    const spent: Source[] = [];
    const giveBack = async (): Promise<void> => {
      for (const source of spent) this.#options.reservations.putBack(source);
      if (taken) await this.#options.pairs.giveBack(plan.pair, plan.limits.pair, taken);
    };
    try {
      for (const { name, source } of plan.reserved) await this.#spend(plan, name, source, spent);
      if (taken) await this.#meet(plan, taken, spent);
    } catch (error) {
      await giveBack();
      throw error;
    }
    return { giveBack };
  }

  /** @returns undefined where nothing is kept of pairs */
  async #takePair({ pair, limits, reserved }: Plan): Promise<PairAdmitted | undefined> {
    const { pairs, reservations } = this.#options;
    const knownWaitMs = limits.pair ? pairs.knownWaitMs(pair, limits.pair) : 0;
    if (knownWaitMs > 0) throw this.#refusal('pair', limits, knownWaitMs);
    const [taken] = await Promise.all([
      limits.pair || limits.newContacts ? pairs.take(pair, limits.pair) : undefined,
      ...reserved.map(({ source }) => reservations.prepare(source)),
    ]);
    if (taken?.admitted === false) throw this.#refusal('pair', limits, taken.retryAfterMs);
    return taken;
  }

  async #spend({ limits }: Plan, name: Name, source: Source, spent: Source[]): Promise<void> {
    const waitMs = await this.#options.reservations.spend(source);
    if (waitMs > 0) throw this.#refusal(name, limits, waitMs);
    spent.push(source);
  }

  /** Somebody whom the number does not know is one of a few a day. */
  async #meet(plan: Plan, taken: PairAdmitted, spent: Source[]): Promise<void> {
    const { newContacts } = plan;
    if (!newContacts || taken.contact === 'known') return;
    if (taken.contact === 'new') {
      await this.#spend(plan, 'newContacts', newContacts, spent);
      this.#options.pairs.settle(plan.pair, taken.atMs);
    } else if (await this.#isEmpty(newContacts)) {
      // Another request meets this person just now, and may be refused.
      throw this.#refusal('newContacts', plan.limits, taken.decidedInMs);
    }
  }

  async #isEmpty({ bucket }: Source): Promise<boolean> {
    const [tat] = await this.#options.buckets.times([bucket]);
    return levelOf(bucket, tat, this.#options.clock.now()).left === 0;
  }

  #refusal(name: Name | 'pair', limits: EffectiveLimits, waitMs: number): Error {
    const limit = limits[name];
    if (!limit) throw new Error(`${name} has no limit and refuses nothing.`);
    return limitRefusal(name, limit, { waitMs, nowMs: this.#options.clock.now() });
  }
}
