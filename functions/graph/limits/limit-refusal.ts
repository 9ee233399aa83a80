import { GraphError, type GraphErrorOptions } from '#core/domain/graph-error.ts';
import type { EffectiveLimit, LimitName } from '#core/domain/limits/effective-limits.ts';

type MessageLimit = Exclude<LimitName, 'failedLogins'>;

/** Meta's code for each, and what has been too much. */
const REFUSALS = {
  pair: { code: 131056, what: 'Too many messages to this recipient' },
  session: { code: 130429, what: 'Too many messages from this number' },
  newContacts: { code: 131048, what: 'Too many people that this number never wrote to nor heard from' },
  key: { code: 4, what: 'Too many messages with this API key' },
  global: { code: 130429, what: 'Too many messages in this deployment' },
} as const satisfies Record<MessageLimit, { readonly code: number; readonly what: string }>;

/** @param wait when the next may come, and what the time is now, milliseconds */
export function limitRefusal(
  name: MessageLimit,
  limit: EffectiveLimit,
  wait: { readonly waitMs: number; readonly nowMs: number },
): GraphError {
  const { code, what } = REFUSALS[name];
  const { amount, perSeconds, burst } = limit;
  const allowed = `${amount} in ${perSeconds} s are allowed, ${burst} at once`;
  return new GraphError(code, `${what}: ${allowed}. ${nextAt(wait)}`, tooMany(wait.waitMs));
}

/** When the next may come, for people. */
export const nextAt = ({ waitMs, nowMs }: { readonly waitMs: number; readonly nowMs: number }): string =>
  `The next may come in ${waitMs} ms, at ${new Date(nowMs + waitMs).toISOString()}.`;

/** What every refusal for too much has: whole seconds as HTTP wants them, and the exact wait. */
export const tooMany = (waitMs: number): GraphErrorOptions => ({
  status: 429,
  transient: true,
  headers: { 'retry-after': String(Math.ceil(waitMs / 1000)), 'retry-after-ms': String(waitMs) },
});
