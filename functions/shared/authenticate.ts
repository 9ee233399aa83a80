import type { ApiKeyRepository } from '#core/adapters/dynamodb/api-key-repository.ts';
import { hashApiKey, isMistypedApiKey, sameHash } from '#core/domain/api-key.ts';
import type { Clock } from '#core/domain/clock.ts';
import { GraphError } from '#core/domain/graph-error.ts';
import { RecentMap } from '#core/domain/recent-map.ts';
import type { ApiRequest, Caller } from './api-request.ts';
import type { FailedLogins } from './failed-logins.ts';

/** What of a request says who calls. */
export type Credentials = Pick<ApiRequest, 'headers' | 'sourceIp'>;

/**
 * Finds out whose key a request carries.
 * @throws GraphError 104 without a key, 190 with one that is not ours, 4 (429) after too many of those from one address
 */
export type Authenticate = (credentials: Credentials) => Promise<Caller>;

/** A revoked key works for at most this long in a function that has seen it, milliseconds (D2). */
const KEY_BELIEVED_MS = 60_000;
/** Keys remembered; the oldest is forgotten first. */
const MOST_KEYS = 1000;
/** Longest key that is worth a look, characters; ours have 54. */
const LONGEST_KEY = 1024;

const HOW = 'Send an API key as "Authorization: Bearer <key>", "x-api-key: <key>" or "apikey: <key>".';

export function makeAuthenticate(options: {
  readonly keys: Pick<ApiKeyRepository, 'findApiKey'>;
  readonly failedLogins: FailedLogins;
  readonly clock: Clock;
}): Authenticate {
  const { keys, failedLogins, clock } = options;
  const known = new RecentMap<string, { readonly caller: Caller; readonly readAtMs: number }>(MOST_KEYS);

  return async ({ headers, sourceIp }) => {
    const key = keyOf(headers);
    if (!key) throw new GraphError(104, `No API key. ${HOW}`, { headers: { 'www-authenticate': 'Bearer' } });
    const hash = hashApiKey(key);
    const seen = known.get(hash);
    if (seen && clock.monotonic() - seen.readAtMs < KEY_BELIEVED_MS) return seen.caller;
    known.delete(hash);
    failedLogins.refuseOver(sourceIp);
    const row = key.length > LONGEST_KEY ? undefined : await keys.findApiKey(hash);
    if (!row || !sameHash(row.keyHash, hash)) {
      await failedLogins.count(sourceIp);
      throw refusal(key);
    }
    const caller = { accountId: row.accountId, apiKeyId: row.apiKeyId, limits: row.limits };
    known.set(hash, { caller, readAtMs: clock.monotonic() });
    return caller;
  };
}

function refusal(key: string): GraphError {
  const details =
    key.length > LONGEST_KEY
      ? 'The API key is longer than any.'
      : isMistypedApiKey(key)
        ? 'The API key is cut off or mistyped.'
        : 'The API key is unknown or was revoked.';
  return new GraphError(190, details, { headers: { 'www-authenticate': 'Bearer error="invalid_token"' } });
}

function keyOf(headers: ApiRequest['headers']): string | undefined {
  const bearer = /^bearer\s+(\S+)\s*$/i.exec(headers.authorization ?? '')?.[1];
  return bearer ?? (headers['x-api-key']?.trim() || headers.apikey?.trim() || undefined);
}
