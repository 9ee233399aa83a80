import type { EndpointChange } from '#core/adapters/dynamodb/endpoint-repository.ts';
import type { Headers } from '#core/adapters/kms-secrets.ts';
import { MASKED, type WebhookSettings } from '#core/contracts/api/webhook-settings.ts';
import { DEFAULT_EVENT_TYPES } from '#core/contracts/event.ts';
import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';
import { GraphError } from '#core/domain/graph-error.ts';
import type { AccountId, EndpointId } from '#core/domain/ids.ts';
import { ownSession } from '../shared/own-session.ts';
import type { RouteRequest } from '../shared/router.ts';
import type { WebhookDependencies } from './webhook-dependencies.ts';

/** A webhook that settings are for: its row as it is, or only its ids when it is about to be created. */
export type SettingsTarget = { readonly accountId: AccountId; readonly endpointId: EndpointId } & Partial<EndpointRow>;

const seconds = (value: number | null | undefined) =>
  value === null || value === undefined ? undefined : Math.round(value * 1000);

/**
 * What of a row a request sets: `undefined` stays, `null` is removed. Looks at everything that can be wrong.
 * @throws GraphError that names the field and what is allowed
 */
export async function changeOf(
  dependencies: WebhookDependencies,
  request: RouteRequest,
  settings: WebhookSettings,
  target: SettingsTarget,
): Promise<EndpointChange> {
  await refuseUrls(dependencies, settings);
  return {
    ...plainSettings(settings),
    ...eventSettings(settings),
    ...(await sessionSetting(dependencies, request, settings)),
    ...(await headerSettings(dependencies, settings, target)),
    ...enabledSetting(settings, target, dependencies.clock.now()),
  };
}

async function refuseUrls(
  { checkUrl }: Pick<WebhookDependencies, 'checkUrl'>,
  { url, failure_url }: WebhookSettings,
): Promise<void> {
  for (const [field, written] of Object.entries({ url, failure_url })) {
    const refusal = written ? await checkUrl(written) : undefined;
    if (refusal) throw new GraphError(100, `${field}: ${refusal}.`);
  }
}

function plainSettings(settings: WebhookSettings): EndpointChange {
  const { url, name, direction, chats, ordering, rate, retry, timeout_seconds, failure_url, payload_version } =
    settings;
  return {
    ...(url === undefined ? {} : { url }),
    ...(name === undefined ? {} : { name }),
    ...(direction === undefined ? {} : { direction }),
    ...(chats === undefined ? {} : { chats }),
    ...(ordering === undefined ? {} : { ordering }),
    ...(failure_url === undefined ? {} : { failureUrl: failure_url }),
    ...(payload_version === undefined ? {} : { payloadVersion: payload_version }),
    ...(timeout_seconds === undefined ? {} : { timeoutMs: seconds(timeout_seconds) ?? null }),
    ...(rate === undefined ? {} : { rate: rate && rateOf(rate) }),
    ...(retry === undefined ? {} : { retry: retry && retryOf(retry) }),
  };
}

const rateOf = ({ per_second, burst }: NonNullable<WebhookSettings['rate']>) => ({
  perSecond: per_second,
  burst: burst ?? Math.max(1, Math.ceil(2 * per_second)),
});

function retryOf({ max_attempts, first_delay_seconds, max_age_seconds }: NonNullable<WebhookSettings['retry']>) {
  const firstDelayMs = seconds(first_delay_seconds);
  const maxAgeMs = seconds(max_age_seconds);
  return {
    ...(max_attempts ? { maxAttempts: max_attempts } : {}),
    ...(firstDelayMs === undefined ? {} : { firstDelayMs }),
    ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
  };
}

/** The index of those that hear of queues has only rows with the attribute. */
function eventSettings({ events }: WebhookSettings): EndpointChange {
  if (events === undefined) return {};
  const wanted = [...new Set(events ?? DEFAULT_EVENT_TYPES)];
  return { events: wanted, monitoring: wanted.includes('queue') ? 'yes' : null };
}

async function sessionSetting(
  { sessions }: WebhookDependencies,
  request: RouteRequest,
  { session: id }: WebhookSettings,
): Promise<EndpointChange> {
  if (id === undefined) return {};
  if (id === null) return { session: null };
  const { sessionId, sessionUid } = await ownSession(sessions, { ...request, id });
  return { session: { sessionId, sessionUid } };
}

async function headerSettings(
  { secrets }: WebhookDependencies,
  { headers }: WebhookSettings,
  target: SettingsTarget,
): Promise<EndpointChange> {
  if (headers === undefined) return {};
  const names = Object.keys(headers ?? {});
  if (headers === null || names.length === 0) return { headersCiphertext: null, headerNames: null };
  const known = Object.values(headers).includes(MASKED) ? await secrets.decryptHeaders(target) : {};
  const entries = Object.entries(headers).map(([name, value]) => [name, value === MASKED ? kept(name, known) : value]);
  const headersCiphertext = await secrets.encryptHeaders(Object.fromEntries(entries) as Headers, target);
  return { headersCiphertext, headerNames: names };
}

/** Somebody sends back what we showed: the value stays. */
function kept(name: string, known: Headers): string {
  const value = known[name];
  if (value === undefined)
    throw new GraphError(100, `headers.${name}: ${MASKED} stands for a value that is not there.`);
  return value;
}

function enabledSetting({ enabled }: WebhookSettings, target: SettingsTarget, nowMs: number): EndpointChange {
  if (enabled === undefined || enabled === null) return {};
  if (enabled) return { disabled: null };
  // Who switches off what was switched off already does not hide why.
  return target.disabled ? {} : { disabled: { atMs: nowMs, reason: 'by_owner' } };
}
