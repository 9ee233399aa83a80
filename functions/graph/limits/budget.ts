import type { PairTable } from '#core/adapters/dynamodb/pair-table.ts';
import type { TokenBuckets } from '#core/adapters/dynamodb/token-bucket.ts';
import { type BudgetLimitResource, BudgetQuerySchema, type BudgetResource } from '#core/contracts/api/budget.ts';
import { parseRequest } from '#core/contracts/api/request-errors.ts';
import type { DeploymentLimits } from '#core/contracts/limits.ts';
import { addressIdOf } from '#core/contracts/outbound-command.ts';
import type { Clock } from '#core/domain/clock.ts';
import { type EffectiveLimit, limitsOf } from '#core/domain/limits/effective-limits.ts';
import { levelOf } from '#core/domain/limits/gcra.ts';
import { canonicalNumber } from '#core/domain/phone-number.ts';
import type { GraphRequest, GraphRoute } from '../graph-route.ts';
import { parseAddress } from '../messages/parse-message.ts';
import { pairOf, sourcesOf } from './message-limits.ts';
import type { Reservations, Source } from './reservations.ts';

export interface BudgetDependencies {
  readonly pairs: Pick<PairTable, 'look'>;
  readonly buckets: Pick<TokenBuckets, 'times'>;
  readonly reservations: Pick<Reservations, 'held'>;
  readonly deployment: DeploymentLimits;
  readonly clock: Clock;
}

/** `GET /{phone_number_id}/budget`: what the limits would let through now, and when more comes. Takes nothing. */
export const budgetRoute = (dependencies: BudgetDependencies): GraphRoute => ({
  on: 'phone_number',
  edge: 'budget',
  method: 'GET',
  run: async (request) => ({ body: await budgetOf(dependencies, request) }),
});

async function budgetOf(dependencies: BudgetDependencies, request: GraphRequest): Promise<BudgetResource> {
  const { pairs, buckets, reservations, deployment, clock } = dependencies;
  const { to: written, recipient_type: kind } = parseRequest(BudgetQuerySchema, Object.fromEntries(request.query));
  const to = written === undefined ? undefined : parseAddress(written, kind ?? 'individual');
  const session = await request.session();
  const { caller } = request;
  const limits = limitsOf(deployment, caller.limits, session.limits);
  const sources = sourcesOf({ caller, session }, limits);
  const { times, pair } = await readAll({
    sources: Object.values(sources).filter((source) => source !== undefined),
    buckets,
    pair: to && pairs.look(pairOf({ session, to })),
  });
  const nowMs = Math.floor(clock.now());
  const told = (limit: EffectiveLimit | undefined, source: Source | undefined): BudgetLimitResource => {
    if (!limit || !source) return null;
    return resourceOf(limit, times.get(source), { nowMs, held: reservations.held(source.bucket) });
  };
  return {
    id: request.id,
    at: new Date(nowMs).toISOString(),
    ...(to && {
      to: {
        wa_id: to.type === 'individual' ? canonicalNumber(to.phone) : addressIdOf(to),
        is_new_contact: to.type === 'individual' && pair?.contact === 'new',
      },
    }),
    limits: {
      pair: limits.pair ? resourceOf(limits.pair, pair?.tat, { nowMs, held: 0 }) : null,
      session: told(limits.session, sources.session),
      new_contacts: told(limits.newContacts, sources.newContacts),
      key: told(limits.key, sources.key),
      global: told(limits.global, sources.global),
    },
  };
}

async function readAll(from: {
  readonly sources: readonly Source[];
  readonly buckets: Pick<TokenBuckets, 'times'>;
  readonly pair: ReturnType<PairTable['look']> | undefined;
}) {
  const { sources, buckets } = from;
  const [times, pair] = await Promise.all([buckets.times(sources.map(({ bucket }) => bucket)), from.pair]);
  return { times: new Map(sources.map((source, n) => [source, times[n]])), pair };
}

/** @param at.held tokens that this process has taken and not spent: they are part of what would be let through */
function resourceOf(
  limit: EffectiveLimit,
  tat: number | undefined,
  { nowMs, held }: { readonly nowMs: number; readonly held: number },
): BudgetLimitResource {
  const { left, nextMs, fullMs } = levelOf(limit, tat, nowMs);
  const isoIn = (ms: number): string => new Date(nowMs + ms).toISOString();
  return {
    left: Math.min(limit.burst, left + held),
    size: limit.burst,
    amount: limit.amount,
    per_seconds: limit.perSeconds,
    next_in_ms: nextMs === 0 ? null : nextMs,
    next_at: nextMs === 0 ? null : isoIn(nextMs),
    full_in_ms: fullMs,
    full_at: isoIn(fullMs),
  };
}
