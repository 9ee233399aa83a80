import type { Health } from '#core/adapters/dynamodb/endpoint-health.ts';
import { MASKED } from '#core/contracts/api/webhook-settings.ts';
import type { WebhookResource } from '#core/contracts/api/webhooks.ts';
import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';
import type { EndpointStateRow } from '#core/contracts/rows/endpoint-state-row.ts';

const time = (ms: number): string => new Date(ms).toISOString();
const timeOrNull = (ms: number | undefined): string | null => (ms === undefined ? null : time(ms));
const secondsOrNull = (ms: number | undefined): number | null => (ms === undefined ? null : ms / 1000);

/** A subscription as the API shows it: never with its secret or the values of its headers. @param nowMs wall time, milliseconds */
export function webhookResource(row: EndpointRow, health: Health, nowMs: number): WebhookResource {
  return {
    id: row.endpointId,
    name: row.name ?? null,
    url: row.url,
    session: row.session?.sessionId ?? null,
    events: row.events,
    direction: row.direction ?? null,
    chats: row.chats ?? null,
    ordering: row.ordering ?? null,
    headers: Object.fromEntries((row.headerNames ?? []).map((name) => [name, MASKED])),
    rate: row.rate ? { per_second: row.rate.perSecond, burst: row.rate.burst } : null,
    retry: retryOf(row),
    timeout_seconds: secondsOrNull(row.timeoutMs),
    failure_url: row.failureUrl ?? null,
    payload_version: row.payloadVersion ?? 1,
    enabled: !row.disabled,
    disabled: row.disabled ? { since: time(row.disabled.atMs), reason: row.disabled.reason } : null,
    rotation: rotationOf(row, nowMs),
    health: healthOf(row, health, nowMs),
    created_at: time(row.createdAtMs),
  };
}

function retryOf({ retry }: EndpointRow): WebhookResource['retry'] {
  if (!retry) return null;
  return {
    max_attempts: retry.maxAttempts ?? null,
    first_delay_seconds: secondsOrNull(retry.firstDelayMs),
    max_age_seconds: secondsOrNull(retry.maxAgeMs),
  };
}

const rotationOf = ({ previousSecret }: EndpointRow, nowMs: number): WebhookResource['rotation'] =>
  previousSecret && previousSecret.untilMs > nowMs ? { old_secret_until: time(previousSecret.untilMs) } : null;

function healthOf(row: EndpointRow, { state, parked }: Health, nowMs: number): WebhookResource['health'] {
  const paused = state !== undefined && state.breaker !== 'closed';
  const waitsUntil = state?.notBeforeMs !== undefined && state.notBeforeMs > nowMs ? state.notBeforeMs : undefined;
  return {
    state: row.disabled ? 'disabled' : stateOf(state, waitsUntil),
    failing_since: timeOrNull(state?.failingSinceMs),
    last_failure_at: timeOrNull(state?.lastFailureAtMs),
    paused_since: paused ? timeOrNull(state.openedAtMs) : null,
    paused_until: timeOrNull(waitsUntil),
    reason: paused ? (state.openedBy ?? null) : null,
    parked: parked ?? null,
  };
}

function stateOf(
  state: EndpointStateRow | undefined,
  waitsUntil: number | undefined,
): WebhookResource['health']['state'] {
  if (!state) return 'healthy';
  if (state.breaker === 'open' || waitsUntil !== undefined) return 'paused';
  if (state.breaker === 'draining') return 'recovering';
  return state.failingSinceMs === undefined ? 'healthy' : 'failing';
}
