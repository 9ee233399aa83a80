import type { EndpointRepository } from '#core/adapters/dynamodb/endpoint-repository.ts';
import type { Headers, WebhookSecrets } from '#core/adapters/kms-secrets.ts';
import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import type { AccountId, EndpointId } from '#core/domain/ids.ts';
import type { WebhookSecret } from '#core/domain/webhook-secret.ts';

/** How long a deleted endpoint may still be called, or a new URL be unknown, milliseconds (D9). */
const ENDPOINT_BELIEVED_MS = 30_000;
/** How long a decrypted secret is kept, milliseconds; it belongs to one ciphertext, so it is never stale. */
const SECRET_KEPT_MS = 5 * 60_000;
/** Entries of each cache; the oldest go first. */
const MOST_ENTRIES = 1000;

/** What an endpoint's requests carry beside the event. */
export interface Credentials {
  readonly secret: WebhookSecret;
  /** During a rotation. */
  readonly previousSecret?: WebhookSecret;
  /** The owner's own headers. */
  readonly headers: Headers;
}

export interface EndpointCache {
  /** @returns undefined if the endpoint was deleted */
  endpoint(accountId: AccountId, endpointId: EndpointId): Promise<EndpointRow | undefined>;
  credentials(row: EndpointRow): Promise<Credentials>;
  /** The next reader reads it anew. */
  forget(accountId: AccountId, endpointId: EndpointId): void;
}

/** Endpoint rows for 30 s and what is encrypted in them for 5 min, so that a busy endpoint costs neither a read nor a KMS call per event. */
export function makeEndpointCache(options: {
  readonly endpoints: Pick<EndpointRepository, 'get'>;
  readonly secrets: Pick<WebhookSecrets, 'decrypt' | 'decryptHeaders'>;
  readonly clock: Clock;
}): EndpointCache {
  const { endpoints, secrets, clock } = options;
  const rows = makeCache<EndpointRow | undefined>(clock, ENDPOINT_BELIEVED_MS);
  const decrypted = makeCache<WebhookSecret>(clock, SECRET_KEPT_MS);
  const opened = makeCache<Headers>(clock, SECRET_KEPT_MS);
  const secretOf = (row: EndpointRow, secretCiphertext: string): Promise<WebhookSecret> =>
    decrypted.get(`${row.endpointId}#${secretCiphertext}`, () => secrets.decrypt({ ...row, secretCiphertext }));
  return {
    endpoint: (accountId, endpointId) =>
      rows.get(`${accountId}#${endpointId}`, () => endpoints.get(accountId, endpointId)),
    async credentials(row) {
      const { headersCiphertext, previousSecret } = row;
      const isRotating = previousSecret !== undefined && clock.now() < previousSecret.untilMs;
      const [secret, previous, headers] = await Promise.all([
        secretOf(row, row.secretCiphertext),
        isRotating ? secretOf(row, previousSecret.ciphertext) : undefined,
        headersCiphertext === undefined
          ? {}
          : opened.get(`${row.endpointId}#${headersCiphertext}`, () => secrets.decryptHeaders(row)),
      ]);
      return { secret, ...(previous && { previousSecret: previous }), headers };
    },
    forget: (accountId, endpointId) => rows.drop(`${accountId}#${endpointId}`),
  };
}

/** Concurrent readers share one load; a failed load is not kept. */
function makeCache<V>(clock: Clock, keptMs: number) {
  const entries = new Map<string, { readonly value: Promise<V>; readonly readAtMs: number }>();
  const get = (key: string, load: () => Promise<V>): Promise<V> => {
    const known = entries.get(key);
    if (known && clock.monotonic() - known.readAtMs < keptMs) return known.value;
    const entry = { value: load(), readAtMs: clock.monotonic() };
    entries.delete(key);
    entries.set(key, entry);
    entry.value.catch(() => {
      if (entries.get(key) === entry) entries.delete(key);
    });
    const [oldest] = entries.keys();
    if (entries.size > MOST_ENTRIES && oldest !== undefined) entries.delete(oldest);
    return entry.value;
  };
  return { get, drop: (key: string): void => void entries.delete(key) };
}
